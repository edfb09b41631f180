import { hostname } from "node:os";
import type { Libvirt } from "../libvirt/client.ts";
import { connect } from "../libvirt/connect.ts";
import { errorCode } from "../libvirt/constants.ts";
import { isLibvirtError } from "../libvirt/libvirt-error.ts";
import { nodeUri } from "../libvirt/node-uri.ts";

const connectMs = 5000;
/** libvirt asks QEMU to end, and kills it when it does not. */
const destroyMs = 30_000;

/**
 * Ends a domain on a node through libvirt, where it is there, also in the middle of a migration.
 *
 * @returns whether it was there, which says nothing of how it ended; undefined where libvirt does not say
 */
export async function endDomain(
  node: string,
  uuid: string,
  open: (uri: string) => Promise<Libvirt> = (uri) => connect(uri, { timeoutMs: connectMs }),
): Promise<boolean | undefined> {
  let libvirt: Libvirt | undefined;
  let found = false;
  try {
    libvirt = await open(node === hostname() ? "qemu:///system" : nodeUri(node));
    const domain = await libvirt.domainLookupByUUID(uuid, { timeoutMs: connectMs });
    found = true;
    // A migration out holds the domain's job, which the end would wait for; where there is none this is an error.
    await libvirt.domainAbortJob(domain, { timeoutMs: connectMs }).catch(() => undefined);
    await libvirt.domainDestroyFlags(domain, 0, { timeoutMs: destroyMs });
    return true;
  } catch (error) {
    if (found) return true;
    return isLibvirtError(error, errorCode.noDomain) ? false : undefined;
  } finally {
    await libvirt?.close().catch(() => undefined);
  }
}
