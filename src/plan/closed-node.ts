import type { NodeStatus } from "../pacemaker/status.ts";
import type { WhyNot } from "./why-not-there.ts";

const states: readonly {
  readonly code: WhyNot["code"];
  readonly is: (node: NodeStatus) => boolean;
  readonly text: string;
  readonly command?: (name: string) => string;
}[] = [
  { code: "unclean", is: (node) => node.unclean, text: "it is UNCLEAN: it has to be fenced first" },
  { code: "joining", is: (node) => node.pending, text: "it is just joining the cluster" },
  { code: "offline", is: (node) => !node.online, text: "it is not online" },
  { code: "leaving", is: (node) => node.shutdown, text: "it is shutting down" },
  {
    ...{ code: "standby", is: (node) => node.standby, text: "it is in standby" },
    command: (name) => `haven node resume ${name}`,
  },
  {
    code: "standby",
    is: (node) => node.standbyOnFail,
    text: "it is in standby because an operation failed there",
  },
  {
    ...{ code: "maintenance", is: (node) => node.maintenance, text: "it is in maintenance mode" },
    command: (name) => `haven cluster maintenance off --node ${name}`,
  },
];

/** Why a node as it is takes no resource at all; undefined where it does. */
export function closedNode(node: NodeStatus): WhyNot | undefined {
  const found = states.find(({ is }) => is(node));
  if (found === undefined) return undefined;
  const command = found.command?.(node.name) ?? `haven plan why ${node.name}`;
  return { code: found.code, text: found.text, object: node.name, command };
}
