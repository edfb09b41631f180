import type { VmView } from "../contract/vm-view.ts";
import { domainState, pausedReason } from "../libvirt/constants.ts";
import type { ResolvedSpec } from "../vm/resolve-spec.ts";
import { consoleLogPath } from "../vm/vm-paths.ts";
import type { Environment } from "./environment.ts";
import { type Copy, findCopies } from "./find-copies.ts";
import { driverOf } from "./libvirt-driver.ts";
import { selectVms } from "./select-vms.ts";
import { diskPaths } from "./vm-remove.ts";
import { readVmCluster } from "./vm-views.ts";

/** What libvirt says of a VM on a node. */
export interface LiveCopy {
  readonly node: string;
  /** "running", "paused (I/O error)" … */
  readonly state: string;
}

export interface VmDetails extends VmView {
  readonly spec: ResolvedSpec | undefined;
  readonly xml: string | undefined;
  readonly disks: readonly string[];
  readonly consoleLog: string;
  /** Ids of the constraints that name it. */
  readonly constraints: readonly string[];
  /** As libvirt on its nodes sees it; empty where there is nothing to ask. */
  readonly live: readonly LiveCopy[];
  /** Nodes whose libvirt did not answer. */
  readonly silent: readonly string[];
}

/** Everything about VMs: in the CIB, in the cluster, and in libvirt. @throws HavenError vm.not-found */
export async function vmShow(
  environment: Environment,
  options: { readonly names: readonly string[] },
): Promise<readonly VmDetails[]> {
  const { vms, entries, cib } = await readVmCluster(environment, { scope: "configuration" });
  return await Promise.all(
    selectVms(vms, options.names).map(async (vm): Promise<VmDetails> => {
      const entry = entries.find(({ name }) => name === vm.name);
      const asks = environment.isLive && vm.uuid !== undefined && vm.nodes.length > 0;
      const copies = asks
        ? await findCopies(environment, vm.uuid ?? "", vm.nodes, driverOf(vm))
        : { found: [], unknown: [] };
      return {
        ...vm,
        spec: entry?.spec,
        xml: entry?.xml,
        disks: entry === undefined ? [] : diskPaths(entry),
        consoleLog: consoleLogPath(vm.name),
        constraints: cib.constraintsOf(vm.resource).map((constraint) => constraint.get("id") ?? ""),
        live: copies.found.map((copy) => ({ node: copy.node, state: stateText(copy) })),
        silent: copies.unknown,
      };
    }),
  );
}

const stateTexts: Readonly<Record<number, string>> = {
  [domainState.running]: "running",
  [domainState.blocked]: "running (waits)",
  [domainState.paused]: "paused",
  [domainState.shutdown]: "shutting down",
  [domainState.shutoff]: "stopped",
  [domainState.crashed]: "crashed",
  [domainState.pmSuspended]: "asleep",
};

const pauseTexts: Readonly<Record<number, string>> = {
  [pausedReason.user]: "by a person",
  [pausedReason.migration]: "migration",
  [pausedReason.ioError]: "I/O error",
  [pausedReason.watchdog]: "watchdog",
  [pausedReason.shuttingDown]: "shutting down",
  [pausedReason.crashed]: "crashed",
  [pausedReason.startingUp]: "starting",
};

function stateText({ state, reason }: Copy): string {
  const text = stateTexts[state] ?? `state ${state}`;
  const why = state === domainState.paused ? pauseTexts[reason] : undefined;
  return why === undefined ? text : `${text} (${why})`;
}
