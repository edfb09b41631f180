import { printError } from "../base/errors.ts";
import type { Libvirt } from "./client.ts";
import { setTimeFlag } from "./constants.ts";
import type { Domain } from "./types.ts";

/**
 * Has the guest agent set the guest's clock by its hardware clock, which went on with the host while the guest stood
 * still. A guest without an agent is left as it is: libvirt says so at once.
 *
 * @returns why it was not set; undefined when it was
 */
export async function setGuestClock(
  libvirt: Pick<Libvirt, "domainSetTime">,
  domain: Domain,
  options: { readonly timeoutMs: number },
): Promise<string | undefined> {
  try {
    await libvirt.domainSetTime(domain, { seconds: 0, nseconds: 0 }, setTimeFlag.sync, options);
    return undefined;
  } catch (error) {
    return printError(error).replaceAll("\n", ";");
  }
}
