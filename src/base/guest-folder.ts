import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Where the hosts' ends of guest channels are: node-local, and gone with a boot. */
export const guestFolder = "/run/haven/guest";

/** Where it is noted which guests have said that they are ready; gone with a boot, and forgotten before each start. */
export const readyFolder = "/run/haven/ready";

/** The note for the guest whose channel ends at that path; undefined for one elsewhere, which no daemon listens to. */
export function readyNote(channel: string): string | undefined {
  if (dirname(channel) !== guestFolder) return undefined;
  return `${readyFolder}/${channel.slice(guestFolder.length + 1).replace(/\.sock$/, "")}`;
}

/** Notes that a guest is ready: that the file is there says it. @throws Error of the system */
export function leaveReadyNote(note: string): void {
  mkdirSync(dirname(note), { recursive: true, mode: 0o755 });
  writeFileSync(note, "", { mode: 0o600 });
}
