import { consoleRoutes } from "../../../src/contract/console-routes.ts";
import type { Role } from "../../../src/contract/role.ts";
import { vmCannot } from "../../../src/contract/vm-can.ts";
import type { Vm } from "../api/answers.ts";
import { roleLacks } from "./role-lacks.ts";

const routes = { console: consoleRoutes.openConsole, screen: consoleRoutes.openScreen } as const;

/** Why somebody cannot open a VM's serial console or its screen now. */
export function whyNotConsole(
  vm: Vm,
  role: Role,
  which: keyof typeof routes = "console",
): string | undefined {
  const cannot = vmCannot(which, vm);
  return roleLacks(role, routes[which].role) ?? (cannot === undefined ? undefined : `${vm.name} ${cannot}`);
}
