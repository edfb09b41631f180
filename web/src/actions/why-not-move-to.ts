import type { Role } from "../../../src/contract/role.ts";
import type { Node, Vm } from "../api/answers.ts";
import { whyNotOnVm } from "./vm-actions.ts";

/** Why somebody cannot move a VM live to that node now; what the scheduler says of it is seen by simulating it. */
export function whyNotMoveTo(
  { name, state }: Pick<Node, "name" | "state">,
  vm: Vm,
  role: Role,
): string | undefined {
  const why = whyNotOnVm("move", vm, role);
  if (why !== undefined) return why;
  if (vm.nodes.includes(name)) return `${vm.name} is on ${name} already`;
  return state === "online" ? undefined : `${name} is ${state}, not online`;
}
