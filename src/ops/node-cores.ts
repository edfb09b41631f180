import type { Cib } from "../pacemaker/cib.ts";
import { coresAttribute } from "../vm/whole-cores.ts";
import type { Environment } from "./environment.ts";

/**
 * How many CPUs each node really has: what the configuration says, else libvirt there. A node that is down, or whose
 * libvirt does not answer, is left out.
 */
export async function nodeCores(environment: Environment, cib: Cib): Promise<ReadonlyMap<string, number>> {
  const cores = new Map<string, number>();
  for (const { name, utilization } of cib.nodes) {
    const count = Number(utilization.get(coresAttribute));
    if (count > 0) cores.set(name, count);
  }
  const unknown = cib.nodes.filter(({ name }) => !cores.has(name));
  if (!environment.isLive || unknown.length === 0) return cores;
  const { signal } = environment;
  const { nodes } = await environment.pacemaker.status({ signal, fenceHistory: "none" });
  const online = new Set(nodes.filter((node) => node.online).map(({ name }) => name));
  const asked = unknown.filter(({ name }) => online.has(name));
  const answers = await Promise.allSettled(
    asked.map(async ({ name }) => {
      const libvirt = await environment.libvirt(name);
      const { cpus } = await libvirt.nodeGetInfo({ timeoutMs: 5000 });
      return [name, cpus] as const;
    }),
  );
  for (const answer of answers) if (answer.status === "fulfilled") cores.set(...answer.value);
  return cores;
}
