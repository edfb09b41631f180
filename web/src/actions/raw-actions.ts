import { rawRoutes } from "../../../src/contract/raw-routes.ts";
import type { Role } from "../../../src/contract/role.ts";
import type { RawResource } from "../api/raw-answers.ts";
import type { PlannedAction } from "./planned-action.ts";
import { roleLacks } from "./role-lacks.ts";
import { routePath } from "./route-path.ts";

interface Rule {
  readonly label: string;
  readonly route: { readonly path: string; readonly role: Role };
  readonly warning?: string;
  readonly hasNoDryRun?: true;
  readonly isDanger?: true;
  /** Why not, read after the resource's id; undefined where it is possible. */
  readonly cannot?: (resource: RawResource) => string | undefined;
}

/** What the console has done to what Haven has not made, each with its route, which says the role. */
const rules = {
  cleanup: {
    ...{ label: "Clean up failures", route: rawRoutes.cleanupRaw, hasNoDryRun: true },
    warning: "Its failures are forgotten, and the cluster tries again.",
  },
  unmanage: {
    ...{ label: "Unmanage", route: rawRoutes.unmanageRaw },
    cannot: ({ instances }) => (all(instances, false) ? "is unmanaged already" : undefined),
  },
  manage: {
    ...{ label: "Manage", route: rawRoutes.manageRaw },
    cannot: ({ instances }) => (all(instances, true) ? "is managed already" : undefined),
  },
  remove: { label: "Remove", route: rawRoutes.removeRaw, isDanger: true },
} as const satisfies Readonly<Record<string, Rule>>;

export type RawActionId = keyof typeof rules;

/** In the order in which menus show them. */
export const rawActionIds = Object.keys(rules) as readonly RawActionId[];

export function rawActionLabel(id: RawActionId): string {
  return rules[id].label;
}

/** Why somebody cannot do that to a resource now: the role first, then what its state does not allow. */
export function whyNotOnRaw(id: RawActionId, resource: RawResource, role: Role): string | undefined {
  const rule: Rule = rules[id];
  const cannot = rule.cannot?.(resource);
  return roleLacks(role, rule.route.role) ?? (cannot === undefined ? undefined : `${resource.id} ${cannot}`);
}

/** Also for a constraint or a tag, which can only be removed. */
export function planOnRaw(id: RawActionId, subject: string): PlannedAction {
  const { label, route, warning, hasNoDryRun, isDanger }: Rule = rules[id];
  return {
    ...{ label, title: label, subject, path: routePath(route.path, subject), body: {}, warning },
    isDanger: isDanger === true,
    ...{ hasDryRun: hasNoDryRun !== true, isAtOnce: false },
  };
}

/** Adds what definitions say, all or nothing. */
export function planAddRaw(
  definitions: readonly Readonly<Record<string, unknown>>[],
  done: () => void,
): PlannedAction {
  const ids = definitions.flatMap(({ id }) => (typeof id === "string" ? [id] : []));
  return {
    ...{ label: "Add", title: "Add", subject: ids.join(", "), path: rawRoutes.addRaw.path },
    ...{ body: { definitions }, hasDryRun: true, isAtOnce: false, isDanger: false, warning: undefined },
    outcome: () => {
      done();
      return undefined;
    },
  };
}

/** Sets an option of Pacemaker's; an empty value takes it away. */
export function planSetOption(
  of: "cluster" | "resources" | "operations",
  [name, value]: readonly [string, string],
  done: () => void,
): PlannedAction {
  return {
    ...{ label: "Set", title: value === "" ? "Take away" : "Set", subject: name },
    ...{ path: rawRoutes.setRawOptions.path, body: { of, values: { [name]: value } } },
    ...{ hasDryRun: true, isAtOnce: false, isDanger: false, warning: undefined },
    outcome: () => {
      done();
      return undefined;
    },
  };
}

function all(instances: RawResource["instances"], managed: boolean): boolean {
  return instances.length > 0 && instances.every((one) => one.managed === managed);
}
