import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { guestFolder } from "../../base/guest-folder.ts";

const ownFolder = "/run/haven";

/** Folders below /run/haven that the sockets of a domain are made in; the guest channels' own is always one. */
export function socketFolders(xml: string | undefined): readonly string[] {
  const folders = new Set([guestFolder]);
  for (const match of (xml ?? "").matchAll(/\spath\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    const path = match[1] ?? match[2] ?? "";
    if (path.startsWith(`${ownFolder}/`) && !path.split("/").includes("..")) folders.add(dirname(path));
  }
  return [...folders];
}

/**
 * libvirt makes the sockets of channels, but not their folders, and refuses a domain, also one that is migrated
 * here, when a folder is missing.
 *
 * @throws Error of the system when they cannot be made
 */
export function makeSocketFolders(xml: string | undefined): void {
  for (const folder of socketFolders(xml)) mkdirSync(folder, { recursive: true, mode: 0o755 });
}

/** The same where it is no failure: a probe makes its node ready to be a migration's destination. */
export function tryToMakeSocketFolders(xml: string | undefined): void {
  try {
    makeSocketFolders(xml);
  } catch {
    // Not root, or /run is full: a start says so, and a migration is refused by libvirt.
  }
}
