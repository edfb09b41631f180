import type { VmState, VmView } from "../contract/vm-view.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { ClusterStatus, FailedAction, ResourceStatus } from "../pacemaker/status.ts";
import { type FoundMove, movesInCib } from "../vm/move-constraint.ts";
import { type VmEntry, vmsInCib } from "../vm/vms-in-cib.ts";
import type { Environment } from "./environment.ts";

/** The cluster at one moment: its configuration, its status, and the VMs in both. */
export interface VmCluster {
  readonly cib: Cib;
  readonly status: ClusterStatus;
  readonly vms: readonly VmView[];
  readonly entries: readonly VmEntry[];
  readonly moves: readonly FoundMove[];
}

/**
 * Asks Pacemaker once for everything that is needed to speak of VMs.
 *
 * @param options `scope`: the CIB's configuration is enough. Its status, which crm_mon tells in its own way, is six
 * times as large in a cluster of 24 nodes and 400 VMs. `whole`: with the nodes' attributes and the history of fencing
 * @throws HavenError pacemaker.*
 */
export async function readVmCluster(
  environment: Environment,
  { whole = false, ...options }: { readonly scope?: "configuration"; readonly whole?: boolean } = {},
): Promise<VmCluster> {
  const { pacemaker, signal } = environment;
  const [text, status] = await Promise.all([
    pacemaker.queryCib({ signal, ...options }),
    pacemaker.status(whole ? { signal } : { signal, fenceHistory: "none", attributes: false }),
  ]);
  const cib = Cib.parse(text);
  const entries = vmsInCib(cib);
  const moves = movesInCib(cib);
  return { cib, status, entries, moves, vms: vmViews(entries, moves, status, environment.clock.now()) };
}

/** The VMs of a configuration beside what the cluster says of them, by name. */
export function vmViews(
  entries: readonly VmEntry[],
  moves: readonly FoundMove[],
  status: Pick<ClusterStatus, "resources" | "failures" | "maintenance">,
  now: number,
): readonly VmView[] {
  const resources = new Map(status.resources.map((resource) => [resource.id, resource]));
  const failures = Map.groupBy(status.failures, (failure) => failure.resource);
  const moving = new Map(moves.filter((move) => move.expiresAt > now).map((move) => [move.name, move]));
  return entries.map((entry): VmView => {
    const resource = resources.get(entry.resource);
    const failed = failures.get(entry.resource) ?? [];
    const move = moving.get(entry.name);
    const wanted = entry.targetRole === "Stopped" ? "stopped" : "running";
    return {
      name: entry.name,
      resource: entry.resource,
      state: vmState(resource, wanted, failed.length > 0),
      wanted,
      nodes: resource?.nodes ?? [],
      managed: entry.managed,
      maintenance: status.maintenance || resource?.maintenance === true,
      migratable: entry.migratable,
      memory: entry.memory,
      cpu: entry.cpu,
      hypervisor: entry.spec?.hypervisor,
      uuid: entry.spec?.uuid,
      prefer: entry.spec?.placement?.prefer ?? [],
      labels: entry.spec?.labels ?? [],
      priority: entry.priority,
      move: move === undefined ? undefined : { to: move.to, owner: move.owner, expires: move.expires },
      failures: failed.map(failureText),
    };
  });
}

function vmState(
  resource: ResourceStatus | undefined,
  wanted: "running" | "stopped",
  hasFailed: boolean,
): VmState {
  if (resource === undefined) return "unknown";
  const now = resource.pending ?? resource.role;
  if (now === "Migrating") return "migrating";
  if (now === "Starting") return "starting";
  if (now === "Stopping") return "stopping";
  if (resource.blocked && resource.failed) return "blocked";
  if (resource.active && resource.nodes.length > 0) return resource.failed ? "failed" : "running";
  return wanted === "running" && hasFailed ? "failed" : "stopped";
}

/** `start on node1 failed: error (the disk is missing)`. */
export function failureText(failure: FailedAction): string {
  if (failure.operation === "asyncmon") return `reported to have ended on ${failure.node}`;
  const reason = failure.exitReason === undefined ? "" : ` (${failure.exitReason})`;
  const what = failure.status.toLowerCase() === "timed out" ? "timed out" : `failed: ${failure.exitStatus}`;
  return `${failure.operation} on ${failure.node} ${what}${reason}`;
}
