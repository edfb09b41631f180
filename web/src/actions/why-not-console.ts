import { consoleRoutes } from "../../../src/contract/console-routes.ts";
import type { Role } from "../../../src/contract/role.ts";
import { vmCannot } from "../../../src/contract/vm-can.ts";
import type { Vm } from "../api/answers.ts";
import { roleLacks } from "./role-lacks.ts";

/** Why somebody cannot open a VM's serial console now. */
export function whyNotConsole(vm: Vm, role: Role): string | undefined {
  const cannot = vmCannot("console", vm);
  return (
    roleLacks(role, consoleRoutes.openConsole.role) ??
    (cannot === undefined ? undefined : `${vm.name} ${cannot}`)
  );
}
