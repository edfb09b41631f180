import type { Libvirt } from "../../libvirt/client.ts";

const timeoutMs = 4000;

/**
 * libvirt on this node, or over TLS on another one, for as long as a look at it takes; the caller closes it. One that hangs
 * is not waited for, as the connections of an environment are.
 *
 * @throws HavenError libvirt.*, interrupted
 */
export async function openLibvirt(node: string | undefined, signal: AbortSignal): Promise<Libvirt> {
  const { connect } = await import("../../libvirt/connect.ts");
  const { nodeUri } = await import("../../libvirt/node-uri.ts");
  const uri = node === undefined ? "qemu:///system" : nodeUri(node);
  return await connect(uri, { timeoutMs, signal, keepalive: false });
}
