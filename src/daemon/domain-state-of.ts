import type { Libvirt } from "../libvirt/client.ts";
import { connect } from "../libvirt/connect.ts";

const timeoutMs = 3000;

/**
 * The state of a domain on this node, one of libvirt's virDomainState.
 *
 * @returns undefined where libvirt does not say, also where it knows no such domain
 */
export async function domainStateOf(
  uuid: string,
  open: () => Promise<Libvirt> = () => connect("qemu:///system", { timeoutMs }),
): Promise<number | undefined> {
  let libvirt: Libvirt | undefined;
  try {
    libvirt = await open();
    const domain = await libvirt.domainLookupByUUID(uuid, { timeoutMs });
    return (await libvirt.domainGetState(domain, 0, { timeoutMs })).state;
  } catch {
    return undefined;
  } finally {
    await libvirt?.close().catch(() => undefined);
  }
}
