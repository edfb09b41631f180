import type { Hypervisor } from "../contract/vm-spec.ts";
import { readXml } from "../xml/read.ts";
import type { Environment } from "./environment.ts";

/**
 * What `hypervisor: auto` means in this cluster: kvm where libvirt on every node that is online offers it, else
 * qemu. Where there is no cluster to ask (`CIB_file`), kvm.
 *
 * @throws HavenError libvirt.* when a node's libvirt cannot be asked, pacemaker.*
 */
export async function pickHypervisor(environment: Environment): Promise<Hypervisor> {
  if (!environment.isLive) return "kvm";
  const { nodes } = await environment.pacemaker.status({ signal: environment.signal, fenceHistory: "none" });
  const online = nodes.filter((node) => node.online && node.type === "member").map((node) => node.name);
  const offers = await Promise.all(online.map((node) => offersKvm(environment, node)));
  return offers.every((offer) => offer) ? "kvm" : "qemu";
}

async function offersKvm(environment: Environment, node: string): Promise<boolean> {
  const libvirt = await environment.libvirt(node);
  const capabilities = readXml(await libvirt.connectGetCapabilities(), { source: `capabilities of ${node}` });
  return capabilities
    .all("guest")
    .some((guest) =>
      guest.all("arch").some((arch) => arch.all("domain").some((domain) => domain.get("type") === "kvm")),
    );
}
