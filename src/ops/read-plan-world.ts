import { HavenError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import type { QuorumStatus } from "../pacemaker/quorum.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import { momentNow } from "../plan/moment-now.ts";
import type { Moment } from "../plan/why-not-there.ts";
import type { Environment } from "./environment.ts";
import { readVmCluster, type VmCluster } from "./vm-views.ts";

/** The cluster at one moment, with what is needed to think about the next. */
export interface PlanWorld extends VmCluster {
  readonly quorum: QuorumStatus | undefined;
  /** As it is: nothing lost, nothing drained. */
  readonly moment: Moment;
}

/** What has to be known of a cluster to think of losses. */
export type LossWorld = Pick<PlanWorld, "cib" | "vms" | "quorum" | "moment"> & {
  readonly status: Pick<ClusterStatus, "nodes">;
};

/** Asks for the cluster as it is. @throws HavenError pacemaker.* */
export async function readPlanWorld(environment: Environment): Promise<PlanWorld> {
  const { pacemaker, signal } = environment;
  const [cluster, quorum] = await Promise.all([readVmCluster(environment), pacemaker.quorum({ signal })]);
  const { cib, status } = cluster;
  return { ...cluster, quorum, moment: momentNow(cib, status) };
}

/**
 * Checks that nodes are the cluster's, and that they are there to be lost.
 *
 * @throws HavenError cib.not-found with the nearest name; cluster.refused for one that is not online
 */
export function checkOnline({ status }: Pick<PlanWorld, "status">, names: readonly string[]): void {
  checkKnown({ status }, names);
  for (const name of names) {
    if (status.nodes.find((one) => one.name === name)?.online !== true) {
      throw new HavenError("plan.refused", { what: `${name} is not online: it is lost already` });
    }
  }
}

/** Checks that nodes are the cluster's. @throws HavenError cib.not-found with the nearest name */
export function checkKnown({ status }: Pick<PlanWorld, "status">, names: readonly string[]): void {
  const known = status.nodes.map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new HavenError("cib.not-found", { what: "node", name, like: nearest(name, known) });
  }
}
