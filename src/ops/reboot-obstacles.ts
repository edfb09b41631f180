import { closedNode } from "../plan/closed-node.ts";
import { keepsQuorum } from "../plan/keeps-quorum.ts";
import type { PlanWorld } from "./read-plan-world.ts";

/**
 * Why a node should not be taken away now, in lines: other nodes are not there, no majority would be left, or VMs need
 * somebody already. That the node itself is in standby is none: a run that was broken off has left it so.
 */
export function rebootObstacles(world: PlanWorld, node: string): readonly string[] {
  const { status, vms, quorum } = world;
  const lines: string[] = [];
  if (status.maintenance) lines.push("the cluster is in maintenance mode");
  for (const one of status.nodes.filter(({ type }) => type === "member")) {
    const closed = closedNode(one);
    if (closed === undefined || (one.name === node && closed.code === "standby" && !one.standbyOnFail))
      continue;
    lines.push(`${one.name}: ${closed.text}`);
  }
  if (!keepsQuorum(world, quorum, [])) lines.push("the cluster has no quorum");
  else if (!keepsQuorum(world, quorum, [node])) lines.push(`without ${node} no majority would be left`);
  for (const vm of vms) {
    if (vm.state !== "blocked" && vm.state !== "failed") continue;
    lines.push(`${vm.name} is ${vm.state}${vm.failures.length === 0 ? "" : `: ${vm.failures.at(-1)}`}`);
  }
  return lines;
}
