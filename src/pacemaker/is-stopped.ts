import type { Cib } from "./cib.ts";
import type { ClusterStatus } from "./status.ts";

/**
 * Whether a resource is known to be stopped on every node. What crm_mon shows as stopped may only be unknown: after
 * a death of a node's executor its history is empty until the resource was probed anew, and a resource without
 * history counts as stopped there. Known is where the last that was recorded (NAME_last_0) is a stop that succeeded or
 * a probe that found nothing.
 *
 * @param cib The CIB with its status section
 * @param status Which nodes have a say: those that are online, about to be, or not known to be off
 */
export function isStopped(cib: Cib, status: ClusterStatus, resource: string): boolean {
  const states = new Map(cib.status.all("node_state").map((state) => [state.get("uname"), state]));
  const nodes = status.nodes.filter((node) => node.online || node.pending || node.unclean);
  return nodes.every(({ name }) => {
    const resources = states.get(name)?.child("lrm")?.child("lrm_resources")?.all("lrm_resource");
    const history = resources?.find((one) => one.get("id") === resource)?.all("lrm_rsc_op") ?? [];
    const last = history.find((operation) => operation.get("id") === `${resource}_last_0`);
    const [what, code] = [last?.get("operation"), last?.get("rc-code")];
    return (what === "stop" && code === "0") || (what === "monitor" && code === "7");
  });
}
