import { HavenError } from "../base/errors.ts";
import { baselineCpuFlag } from "../libvirt/constants.ts";
import { baselineOf, hostModelCpu } from "../vm/cpu-baseline.ts";
import type { CpuBaseline } from "../vm/resolve-spec.ts";
import type { Environment } from "./environment.ts";

const platform = { arch: "x86_64", virttype: "kvm" } as const;

/**
 * What KVM on all nodes that are online can offer a guest, without what stands in the way of a migration. A node
 * that is down now is not asked.
 *
 * @throws HavenError libvirt.* when a node's libvirt cannot be asked, vm.invalid when one offers no model
 */
export async function cpuBaseline(environment: Environment): Promise<CpuBaseline> {
  const { signal } = environment;
  const { nodes } = await environment.pacemaker.status({ signal, fenceHistory: "none" });
  const online = nodes.filter((node) => node.online && node.type === "member").map(({ name }) => name);
  const cpus = await Promise.all(
    online.map(async (node) => {
      const libvirt = await environment.libvirt(node);
      const cpu = hostModelCpu(await libvirt.connectGetDomainCapabilities(platform));
      if (cpu === undefined) throw noBaseline(`the CPU of ${node} has no model that libvirt knows`);
      return cpu;
    }),
  );
  const libvirt = await environment.libvirt();
  const common = await libvirt.connectBaselineHypervisorCPU(
    platform,
    [...new Set(cpus)],
    baselineCpuFlag.migratable,
  );
  const baseline = baselineOf(common);
  if (baseline === undefined) throw noBaseline("the nodes have no CPU model in common");
  return baseline;
}

function noBaseline(why: string): HavenError {
  return new HavenError("vm.invalid", { problems: [`cpu.model: expected a model, since ${why}`] });
}
