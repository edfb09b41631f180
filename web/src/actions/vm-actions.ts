import type { Role } from "../../../src/contract/role.ts";
import { vmAccessRoutes } from "../../../src/contract/vm-access-routes.ts";
import { type VmAction, vmCannot } from "../../../src/contract/vm-can.ts";
import { vmRoutes } from "../../../src/contract/vm-routes.ts";
import type { Vm } from "../api/answers.ts";
import type { PlannedAction } from "./planned-action.ts";
import { roleLacks } from "./role-lacks.ts";
import { routePath } from "./route-path.ts";

interface Rule {
  readonly label: string;
  readonly can: VmAction;
  readonly route: { readonly path: string; readonly role: Role };
  readonly body?: Readonly<Record<string, unknown>>;
  readonly warning?: string;
  readonly hasNoDryRun?: true;
  readonly isAtOnce?: true;
  readonly isDanger?: true;
}

/** What the console has done to VMs, each with its route, which says the role, and with what a VM's state must allow. */
const rules = {
  start: { label: "Start", can: "start", route: vmRoutes.startVm },
  stop: { label: "Stop", can: "stop", route: vmRoutes.stopVm },
  restart: { label: "Restart", can: "restart", route: vmRoutes.restartVm },
  move: { label: "Move live", can: "move", route: vmRoutes.moveVm },
  pause: {
    ...{ label: "Pause", can: "pause", route: vmRoutes.pauseVm, hasNoDryRun: true },
    warning: "Its processors stand still until it is resumed. The cluster is not told.",
  },
  resume: {
    ...{ label: "Resume", can: "resume", route: vmRoutes.resumeVm, hasNoDryRun: true },
    warning: "Its processors go on.",
  },
  reset: {
    ...{ label: "Reset", can: "reset", route: vmRoutes.resetVm, hasNoDryRun: true, isDanger: true },
    warning: "As its reset button would: the guest is not asked, and what it has not written is lost.",
  },
  "ctrl-alt-del": {
    ...{ label: "Send Ctrl+Alt+Del", can: "send-key", route: vmAccessRoutes.ctrlAltDel },
    ...{ hasNoDryRun: true, isAtOnce: true },
    warning: "Most guests shut down or restart then.",
  },
  cleanup: {
    ...{ label: "Clean up failures", can: "cleanup", route: vmRoutes.cleanupVm, hasNoDryRun: true },
    warning: "Its failures are forgotten, and the cluster tries again.",
  },
  unmanage: { label: "Unmanage", can: "unmanage", route: vmRoutes.unmanageVm },
  manage: { label: "Manage", can: "manage", route: vmRoutes.manageVm },
  "force-stop": {
    ...{ label: "Force stop", can: "force-stop", route: vmRoutes.stopVm, body: { force: true } },
    ...{ warning: "As if its power was cut: the guest is not asked.", isDanger: true },
  },
} as const satisfies Readonly<Record<string, Rule>>;

export type VmActionId = keyof typeof rules;

/** In the order in which menus show them. */
export const vmActionIds = Object.keys(rules) as readonly VmActionId[];

export function vmActionLabel(id: VmActionId): string {
  return rules[id].label;
}

/** Why somebody cannot do that to a VM now: the role first, then what the VM's state does not allow. */
export function whyNotOnVm(id: VmActionId, vm: Vm, role: Role): string | undefined {
  const { route, can } = rules[id];
  const cannot = vmCannot(can, vm);
  return roleLacks(role, route.role) ?? (cannot === undefined ? undefined : `${vm.name} ${cannot}`);
}

/** @param to Of a move: the node, the best one unless given */
export function planOnVm(id: VmActionId, name: string, to?: string): PlannedAction {
  const rule: Rule = rules[id];
  const { label, route, body = {}, warning, hasNoDryRun = false, isAtOnce = false, isDanger = false } = rule;
  return {
    ...{ label, title: label, warning, isDanger, isAtOnce, subject: name },
    path: routePath(route.path, name),
    body: to === undefined ? body : { ...body, to },
    hasDryRun: !hasNoDryRun,
  };
}
