import type { VmView } from "../contract/vm-view.ts";
import type { Transition } from "../pacemaker/simulate.ts";
import { effectLines } from "./effect.ts";

/** What a transition does to resources that are none of those VMs, and to nodes, in lines for a person. */
export function otherEffects(transition: Transition, vms: readonly VmView[]): readonly string[] {
  const own = new Set(vms.map(({ resource }) => resource));
  const actions = transition.actions.filter(({ resource }) => !own.has(resource));
  return effectLines({ ...transition, actions });
}
