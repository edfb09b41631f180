import { utilizationOf } from "../host/node-capacity.ts";
import type { NodeInfo } from "../libvirt/types.ts";
import type { Cib } from "../pacemaker/cib.ts";

/** What is wrong with the memory that the configuration says a node has for VMs; undefined where it has it. */
export function memoryPromise(
  cib: Cib,
  node: string,
  info: Pick<NodeInfo, "memory" | "cpus">,
): { readonly text: string; readonly next: string } | undefined {
  const utilization = cib.nodes.find(({ name }) => name === node)?.utilization;
  const promised = Number(utilization?.get("memory") ?? "0");
  const overcommit = Number(cib.property("cpu-overcommit", "haven-settings") ?? "4");
  const has = utilizationOf(
    { memoryMiB: Math.floor(Number(info.memory) / 1024), cpus: info.cpus },
    overcommit,
  );
  if (promised <= has.memoryMiB) return undefined;
  const text = `Node ${node} promises ${promised} MiB for VMs; less the host's reserve it has ${has.memoryMiB} MiB`;
  return { text, next: "haven cluster init" };
}
