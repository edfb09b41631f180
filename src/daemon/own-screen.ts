import type { Socket } from "node:net";
import { HavenError } from "../base/errors.ts";
import type { Libvirt } from "../libvirt/client.ts";
import { vncOf } from "../ops/vm-vnc.ts";
import { readXml } from "../xml/read.ts";
import { connectScreen } from "./connect-screen.ts";

/**
 * Connects to where a domain of this node serves its screen over VNC. Only libvirt says where that is: nobody who asks for
 * a screen is connected with anything else.
 *
 * @throws HavenError vm.refused where it has none, vm.failed where it does not answer
 * @throws LibvirtError where there is no such domain here
 */
export async function connectOwnScreen(
  libvirt: Pick<Libvirt, "domainLookupByUUID" | "domainGetXMLDesc">,
  uuid: string,
): Promise<Socket> {
  const call = { timeoutMs: 5000 };
  const domain = await libvirt.domainLookupByUUID(uuid, call);
  const place = vncOf(readXml(await libvirt.domainGetXMLDesc(domain, 0, call), { source: "domain" }));
  if (typeof place === "string") {
    const hint = "In its specification: graphics: vnc; it takes effect at the next start";
    throw new HavenError("vm.refused", { name: domain.name, why: place, hint });
  }
  const { address, port } = place;
  // An address that means all of a node's is none to connect to.
  const host = address === "0.0.0.0" || address === "::" ? "localhost" : address;
  try {
    return await connectScreen({ host, port });
  } catch {
    const why = `has a screen at ${host}:${port} that does not answer`;
    throw new HavenError("vm.failed", { name: domain.name, why });
  }
}
