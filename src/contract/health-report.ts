import type { HealthCheck, HealthSeverity } from "./health-check.ts";

/** What one node has found when it looked at itself. */
export interface NodeHealth {
  readonly node: string;
  /** The worst of its checks. */
  readonly severity: HealthSeverity;
  readonly checks: readonly HealthCheck[];
}

/** What `haven health --json` prints, and `GET /v1/health` answers. */
export interface HealthReport {
  /** Milliseconds since 1970, by the clock of the node that was asked. */
  readonly time: number;
  /** No error, and nothing unknown. */
  readonly healthy: boolean;
  /** The worst of all checks. */
  readonly severity: HealthSeverity;
  /** In one line. */
  readonly verdict: string;
  readonly counts: Readonly<Record<HealthSeverity, number>>;
  /** What is of the cluster as a whole; empty where it was not asked for. */
  readonly cluster: readonly HealthCheck[];
  readonly nodes: readonly NodeHealth[];
}
