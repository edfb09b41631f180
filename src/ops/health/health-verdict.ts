import { type HealthCheck, type HealthSeverity, healthSeverities } from "../../contract/health-check.ts";
import type { HealthReport, NodeHealth } from "../../contract/health-report.ts";

/** The worst of some checks; ok where there are none. */
export function worstOf(checks: readonly HealthCheck[]): HealthSeverity {
  return healthSeverities.findLast((severity) => checks.some((one) => one.severity === severity)) ?? "ok";
}

/** The report of what was found, with the verdict in one line. */
export function healthVerdict(found: {
  readonly time: number;
  readonly cluster: readonly HealthCheck[];
  readonly nodes: readonly Omit<NodeHealth, "severity">[];
}): HealthReport {
  const all = [...found.cluster, ...found.nodes.flatMap(({ checks }) => checks)];
  const of = (severity: HealthSeverity): number => all.filter((one) => one.severity === severity).length;
  const counts = { ok: of("ok"), warning: of("warning"), unknown: of("unknown"), error: of("error") };
  const severity = worstOf(all);
  return {
    time: found.time,
    healthy: severity === "ok" || severity === "warning",
    severity,
    verdict: wordsOf(severity, counts),
    counts,
    cluster: byGravity(found.cluster),
    nodes: found.nodes.map(({ node, checks }) => ({
      node,
      severity: worstOf(checks),
      checks: byGravity(checks),
    })),
  };
}

function byGravity(checks: readonly HealthCheck[]): readonly HealthCheck[] {
  return healthSeverities
    .toReversed()
    .flatMap((severity) => checks.filter((one) => one.severity === severity));
}

function wordsOf(severity: HealthSeverity, counts: HealthReport["counts"]): string {
  const words = [
    counted(counts.error, "error", "errors"),
    counted(counts.unknown, "thing that is not known", "things that are not known"),
    counted(counts.warning, "warning", "warnings"),
  ].filter((one) => one !== "");
  const looked = counted(counts.ok, "check is fine", "checks are fine");
  if (severity === "ok") return `Healthy: ${looked === "" ? "nothing was to be looked at" : looked}`;
  const head = { warning: "Healthy, with", unknown: "Not certain:", error: "Not healthy:" }[severity];
  return `${head} ${words.join(", ")}${looked === "" ? "" : `; ${looked}`}`;
}

function counted(count: number, one: string, many: string): string {
  return count === 0 ? "" : `${count} ${count === 1 ? one : many}`;
}
