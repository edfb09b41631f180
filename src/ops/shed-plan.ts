import type { Cib } from "../pacemaker/cib.ts";
import { neededBy } from "../plan/needed-by.ts";
import { vmNameOf } from "../vm/names.ts";
import { type VmEntry, vmsInCib } from "../vm/vms-in-cib.ts";

/** What is shut down for want of power, and what is not. */
export interface ShedPlan {
  readonly vms: readonly VmEntry[];
  /** VMs of a lower priority that run on, since one that runs on needs them. */
  readonly kept: readonly { readonly name: string; readonly neededBy: string }[];
}

/**
 * The VMs that are to run and whose priority is lower, also those that do not run at the moment: they would start in
 * the room that the others leave. Not those that one of the rest needs, and none that is unmanaged.
 *
 * @param below Undefined: all
 */
export function shedPlan(cib: Cib, below: number | undefined): ShedPlan {
  const wanted = vmsInCib(cib).filter(({ targetRole }) => targetRole !== "Stopped");
  const [low, high]: [VmEntry[], VmEntry[]] = [[], []];
  for (const vm of wanted) (below === undefined || vm.priority < below ? low : high).push(vm);
  const needed = neededBy(
    cib,
    high.map(({ resource }) => resource),
  );
  const vms = low.filter(({ managed, resource }) => managed && !needed.has(resource));
  const kept = low.flatMap(({ name, resource }) => {
    const who = needed.get(resource);
    return who === undefined ? [] : [{ name, neededBy: vmNameOf(who) ?? who }];
  });
  return { vms, kept };
}

/** What is kept, in lines for a person. */
export function keptLines(kept: ShedPlan["kept"]): readonly string[] {
  return kept.map(({ name, neededBy: who }) => `${name} runs on: ${who} needs it`);
}
