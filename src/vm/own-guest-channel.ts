import { posix } from "node:path";
import { guestFolder } from "../base/guest-folder.ts";
import type { XmlElement } from "../xml/element.ts";
import { guestChannelPath } from "./vm-paths.ts";

/**
 * Has a domain make no other VM's socket in the folder of guest channels. The host knows a guest by its socket's path:
 * XML that was another VM's before, or is a copy of it, must not let this guest speak as that one.
 */
export function ownGuestChannel(domain: XmlElement, name: string): void {
  for (const element of domain.walk()) {
    const path = element.get("path");
    if (path === undefined || !posix.normalize(path).startsWith(`${guestFolder}/`)) continue;
    element.set("path", guestChannelPath(name));
  }
}
