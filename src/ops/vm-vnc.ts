import { HavenError } from "../base/errors.ts";
import type { XmlElement } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";
import type { Environment } from "./environment.ts";
import { locateVm } from "./locate-vm.ts";

/** Where a VM's screen is served over VNC. */
export interface VncPlace {
  readonly name: string;
  readonly node: string;
  /** The address on that node: 127.0.0.1, or 0.0.0.0 for all that it has. */
  readonly address: string;
  readonly port: number;
  /** Whether it is served to the network, or only on its own node. */
  readonly remote: boolean;
}

/** VNC's display 0. */
export const firstVncPort = 5900;

/**
 * Says where the screen of a VM is served over VNC at this moment.
 *
 * @throws HavenError vm.not-found, vm.refused (it does not run, or has no VNC), vm.failed, usage, libvirt.*
 */
export async function vmVnc(environment: Environment, options: { readonly name: string }): Promise<VncPlace> {
  const { vm, node, libvirt, domain } = await locateVm(environment, options.name, {
    action: "screen",
    command: "vnc",
  });
  const xml = await libvirt.domainGetXMLDesc(domain, 0, { signal: environment.signal });
  const place = vncOf(readXml(xml, { source: "domain" }));
  if (typeof place === "string") {
    const hint = "In its specification: graphics: vnc; it takes effect at the next start";
    throw new HavenError("vm.refused", { name: vm.name, why: place, hint });
  }
  return { name: vm.name, node, ...place };
}

/** Where a running domain serves VNC, or why it does not. */
export function vncOf(domain: XmlElement): Pick<VncPlace, "address" | "port" | "remote"> | string {
  const graphics = domain.child("devices")?.all("graphics") ?? [];
  const vnc = graphics.find((one) => one.get("type") === "vnc");
  if (vnc === undefined) {
    const other = graphics[0]?.get("type");
    return other === undefined ? "has no screen over VNC" : `has its screen over ${other}, not VNC`;
  }
  const port = Number(vnc.get("port"));
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return "has a VNC screen that is not on a port";
  const address =
    vnc
      .all("listen")
      .find((one) => one.get("type") === "address" || one.get("type") === "network")
      ?.get("address") ??
    vnc.get("listen") ??
    "127.0.0.1";
  return { address, port, remote: !/^(127\.|::1$|localhost$)/.test(address) };
}
