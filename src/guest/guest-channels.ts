import { guestChannelName } from "../vm/vm-paths.ts";
import type { XmlElement } from "../xml/element.ts";

/** The names under which a guest may find its channel, first choice first. */
export const guestChannelNames = [guestChannelName, "startup_signal"] as const;

/** A channel of a domain on which its guest may speak with Haven. */
export interface GuestChannel {
  readonly name: (typeof guestChannelNames)[number];
  /** The socket of the host's end. */
  readonly path: string;
}

/**
 * The channels of a domain, first choice first. libvirt chooses a path where the XML has none: it stands in the XML of
 * the domain that runs.
 */
export function guestChannels(domain: XmlElement): readonly GuestChannel[] {
  const all = domain.child("devices")?.all("channel") ?? [];
  return guestChannelNames.flatMap((name) =>
    all.flatMap((channel): readonly GuestChannel[] => {
      const path = channel.child("source")?.get("path");
      const isIt = channel.get("type") === "unix" && channel.child("target")?.get("name") === name;
      return isIt && path?.startsWith("/") === true ? [{ name, path }] : [];
    }),
  );
}
