import type { TimeoutEntry, TimeoutProposal } from "../contract/timeouts-report.ts";
import { vmDefaults } from "../vm/defaults.ts";
import type { VmEntry } from "../vm/vms-in-cib.ts";

/**
 * One proposal for each time that is to be another one: where several share it, the longest that one of them needs, and
 * shorter only where nobody needs more. What a VM's own specification says is proposed there.
 */
export function proposalsOf(
  entries: readonly TimeoutEntry[],
  vms: readonly VmEntry[],
): readonly TimeoutProposal[] {
  // What only the defaults of all operations say is for somebody to write down at the resource.
  const said = entries.filter(({ object }) => object !== "op_defaults");
  const byObject = Map.groupBy(said, ({ object }) => object);
  return [...byObject.values()].flatMap((all): readonly TimeoutProposal[] => {
    const [first] = all;
    if (first === undefined) return [];
    const longer = all.filter(({ proposed, timeout }) => proposed !== undefined && proposed > timeout);
    const shorter = all.filter(({ verdict }) => verdict === "long");
    const chosen = longer.length > 0 ? longer : shorter;
    // What one of them still needs, or was never measured for, stays.
    const agreed = longer.length > 0 || shorter.length === all.length;
    const after = Math.max(0, ...chosen.map(({ proposed = 0 }) => proposed));
    if (chosen.length === 0 || !agreed || after === first.timeout || after === 0) return [];
    const because = chosen.map(({ name, why = "" }) => `${name}: ${why}`);
    const vm = first.shared ? undefined : vms.find(({ name }) => name === first.name);
    const field = vm === undefined ? undefined : fieldOf(vm, first.operation, after);
    return [
      {
        ...{ object: first.object, before: first.timeout, after, because },
        ...(vm === undefined || field === undefined ? {} : { spec: { vm: vm.name, ...field } }),
        undo: undoOf(first, vm, field !== undefined),
      },
    ];
  });
}

/** The field of a VM's specification that its time follows from, and what it would have to be. */
function fieldOf(
  { spec }: VmEntry,
  operation: string,
  seconds: number,
): { readonly field: string; readonly seconds: number } | undefined {
  const graceful = spec?.policies?.["graceful-stop"];
  if (operation === "stop" && graceful !== undefined) {
    return { field: "policies.graceful-stop", seconds: seconds - vmDefaults.stopReserve };
  }
  if (/^migrate_/.test(operation) && spec?.migration?.timeout !== undefined) {
    return { field: "migration.timeout", seconds };
  }
  const isReady = operation === "start" && spec?.["ready-signal"]?.enabled === true;
  return isReady ? { field: "ready-signal.timeout", seconds } : undefined;
}

function undoOf({ object, timeout }: TimeoutEntry, vm: VmEntry | undefined, isSpec: boolean): string {
  if (vm !== undefined && isSpec) return `haven vm revert ${vm.name}`;
  if (object === "stonith-timeout") return `crm_attribute --name stonith-timeout --update ${timeout}s`;
  const [device = "", parameter] = object.split(" ");
  if (parameter !== undefined) {
    return `crm_resource --resource ${device} --set-parameter ${parameter} --parameter-value ${timeout}s`;
  }
  return `cibadmin --modify --xml-text '<op id="${object}" timeout="${timeout}s"/>'`;
}
