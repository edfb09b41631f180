import { fenceRoutes } from "../../../src/contract/fence-routes.ts";
import { nodeRoutes } from "../../../src/contract/node-routes.ts";
import type { Role } from "../../../src/contract/role.ts";
import type { Node } from "../api/answers.ts";
import { fenceTestOutcome, powerTestOutcome, resumeOutcome, standbyOutcome } from "./node-outcomes.ts";
import type { PlannedAction } from "./planned-action.ts";
import { roleLacks } from "./role-lacks.ts";
import { routePath } from "./route-path.ts";

interface Rule extends Partial<Pick<PlannedAction, "warning" | "isDanger" | "isTyped" | "outcome">> {
  readonly label: string;
  readonly title: string;
  readonly route: { readonly path: string; readonly role: Role };
  readonly body?: (name: string) => PlannedAction["body"];
  readonly hasNoDryRun?: true;
  /** Why not, read after the node's name; undefined where it is possible. */
  readonly cannot?: (node: Node) => string | undefined;
}

const isAway = ({ state }: Node): boolean => state === "offline" || state === "unclean";

/** What the console has done to nodes, each with its route, which says the role. */
const rules = {
  standby: {
    ...{ label: "Drain (standby)", title: "Move everything off, and put in standby:" },
    ...{ route: nodeRoutes.drainNode, outcome: standbyOutcome },
    cannot: ({ state }) => (state === "standby" ? "is in standby already" : undefined),
  },
  online: {
    ...{ label: "Resume (online)", title: "Take out of standby, and bring back what was drained:" },
    ...{ route: nodeRoutes.resumeNode, outcome: resumeOutcome },
    cannot: ({ state }) => (state === "standby" ? undefined : `is ${state}, not in standby`),
  },
  "maintenance-on": {
    ...{ label: "Maintenance on", title: "Put into maintenance:", route: nodeRoutes.setMaintenance },
    body: (name) => ({ on: true, nodes: [name] }),
    warning: "While it lasts nothing on it is watched, started, stopped or recovered. Its VMs run on.",
    cannot: ({ state }) => (state === "maintenance" ? "is in maintenance already" : undefined),
  },
  "maintenance-off": {
    ...{ label: "Maintenance off", title: "End the maintenance of", route: nodeRoutes.setMaintenance },
    body: (name) => ({ on: false, nodes: [name] }),
    cannot: ({ state }) => (state === "maintenance" ? undefined : `is ${state}, not in maintenance`),
  },
  "fence-test": {
    ...{ label: "Test fencing", title: "Test the fencing of", route: fenceRoutes.testFencing },
    body: (name) => ({ nodes: [name] }),
    ...{ hasNoDryRun: true, outcome: fenceTestOutcome },
    warning: "Its devices are asked for its power status, from every other node. Nothing is switched.",
  },
  "power-test": {
    ...{
      label: "Test by cutting its power",
      title: "Drain, and cut the power of",
      route: fenceRoutes.testPower,
    },
    ...{ isDanger: true, isTyped: true, outcome: powerTestOutcome },
    warning:
      "When everything has left it, its power is really cut. The test ends when it is back, after 20 minutes at most.",
    cannot: (node) => (isAway(node) ? `is ${node.state}` : undefined),
  },
  confirm: {
    ...{ label: "Confirm that it is off", title: "Certainly off:", route: fenceRoutes.confirmFenced },
    ...{ hasNoDryRun: true, isDanger: true, isTyped: true },
    warning:
      "Somebody has looked: the server is switched off, and stays off. If it still ran, its VMs would run twice and their disks would be destroyed.",
    cannot: (node) => (isAway(node) ? undefined : `is ${node.state}, a member of the cluster`),
  },
} as const satisfies Readonly<Record<string, Rule>>;

export type NodeActionId = keyof typeof rules;

/** In the order in which menus show them. */
export const nodeActionIds = Object.keys(rules) as readonly NodeActionId[];

export function nodeActionLabel(id: NodeActionId): string {
  return rules[id].label;
}

/** Why somebody cannot do that to a node now: the role first, then what the node's state does not allow. */
export function whyNotOnNode(id: NodeActionId, node: Node, role: Role): string | undefined {
  const rule: Rule = rules[id];
  const cannot = rule.cannot?.(node);
  return roleLacks(role, rule.route.role) ?? (cannot === undefined ? undefined : `${node.name} ${cannot}`);
}

export function planOnNode(id: NodeActionId, name: string): PlannedAction {
  const {
    label,
    title,
    route,
    body,
    hasNoDryRun,
    warning,
    isDanger = false,
    isTyped,
    outcome,
  }: Rule = rules[id];
  return {
    ...{ label, title, path: routePath(route.path, name), body: body?.(name) ?? {}, subject: name },
    ...{ hasDryRun: hasNoDryRun !== true, isDanger, isAtOnce: false, warning },
    ...(isTyped === undefined ? {} : { isTyped }),
    ...(outcome === undefined ? {} : { outcome }),
  };
}
