import { connect, type Socket } from "node:net";
import { HavenError } from "../base/errors.ts";
import type { Libvirt } from "../libvirt/client.ts";
import { vncOf } from "../ops/vm-vnc.ts";
import { readXml } from "../xml/read.ts";

/** QEMU answers at once, or does not. */
const connectMs = 3000;

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
  const socket = connect({ host, port });
  socket.setNoDelay(true);
  return await new Promise((resolve, reject) => {
    const fail = (): void => {
      clearTimeout(timer);
      socket.destroy();
      const why = `has a screen at ${host}:${port} that does not answer`;
      reject(new HavenError("vm.failed", { name: domain.name, why }));
    };
    const timer = setTimeout(fail, connectMs);
    socket.once("error", fail).once("connect", () => {
      clearTimeout(timer);
      socket.off("error", fail);
      // What fails later is seen by its end.
      socket.on("error", () => socket.destroy());
      socket.pause();
      resolve(socket);
    });
  });
}
