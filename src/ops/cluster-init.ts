import type { Clock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { NodeAccess } from "../host/node-access.ts";
import type { ClusterPlan } from "./cluster-plan.ts";

export type { ClusterPlan } from "./cluster-plan.ts";

/** What cluster set-up works with: part of an operation's Environment, since there may be no cluster yet. */
export interface ClusterInitEnvironment {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  progress(text: string): void;
}

export interface ClusterInitOptions {
  /** Set up nodes that belong to another cluster; what they had is kept in /var/lib/haven/replaced. */
  readonly force?: boolean;
}

export interface ClusterInitResult {
  /** What was changed, by node: paths of files, names of services started or restarted. Empty: all was so. */
  readonly changed: Readonly<Record<string, readonly string[]>>;
  /** Whether Pacemaker's configuration was changed, or made. */
  readonly configuration: "seeded" | "patched" | "unchanged";
  /** What is not as it should be, and does not keep the cluster from running. */
  readonly warnings: readonly string[];
  readonly dc: string;
  readonly durationMs: number;
}

/**
 * Makes the nodes one cluster: corosync, Pacemaker, certificates, libvirt and QEMU. Everything is checked on all
 * nodes before anything is written. Repeated, it changes only what differs, and restarts only what must.
 *
 * @param nodes One for each node of the plan, in any order
 */
export function clusterInit(
  plan: ClusterPlan,
  nodes: readonly NodeAccess[],
  environment: ClusterInitEnvironment,
  options: ClusterInitOptions = {},
): Promise<ClusterInitResult> {
  environment.progress(`Setting up cluster ${plan.name} on ${nodes.length} nodes`);
  return Promise.reject(
    new HavenError("internal", { what: `cluster set-up (force ${options.force === true})` }),
  );
}
