import { nodeRoutes } from "../../../src/contract/node-routes.ts";
import type { Role } from "../../../src/contract/role.ts";
import type { Node } from "../api/answers.ts";
import type { PlannedAction } from "./planned-action.ts";
import { roleLacks } from "./role-lacks.ts";
import { routePath } from "./route-path.ts";

const rules = {
  standby: { label: "Standby", title: "Put in standby:", route: nodeRoutes.standbyNode },
  online: { label: "Online", title: "Take out of standby:", route: nodeRoutes.onlineNode },
} as const;

export type NodeActionId = keyof typeof rules;

export const nodeActionIds = Object.keys(rules) as readonly NodeActionId[];

/** Why somebody cannot do that to a node now. */
export function whyNotOnNode(id: NodeActionId, node: Node, role: Role): string | undefined {
  const lacks = roleLacks(role, rules[id].route.role);
  if (lacks !== undefined) return lacks;
  if (id === "standby") return node.state === "standby" ? `${node.name} is in standby already` : undefined;
  return node.state === "standby" ? undefined : `${node.name} is ${node.state}, not in standby`;
}

export function planOnNode(id: NodeActionId, name: string): PlannedAction {
  const { label, title, route } = rules[id];
  return {
    ...{ label, title, path: routePath(route.path, name), body: {}, hasDryRun: true, subject: name },
    ...{ isDanger: false, isAtOnce: false, warning: undefined },
  };
}
