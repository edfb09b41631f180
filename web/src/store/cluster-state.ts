import type { ClusterEvent, Status, Vm } from "../api/answers.ts";

/** What the page knows of the cluster. */
export interface ClusterState {
  readonly status: Status | undefined;
  /** In the order of their names. */
  readonly vms: readonly Vm[];
  /** `live`: every change is told; `lost`: what is shown may be old. */
  readonly connection: "connecting" | "live" | "lost";
  /** When what is shown was so, milliseconds since 1970. */
  readonly lastSeen: number | undefined;
  /** Why the connection is lost. */
  readonly problem: string | undefined;
  /** What has happened since the page was opened, as the asked node tells it; the latest last. */
  /** How often the stream was opened: what happened in between it has not told. */
  readonly openings: number;
  readonly events: readonly ClusterEvent[];
}
