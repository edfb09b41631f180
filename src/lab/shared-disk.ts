import { closeSync, existsSync, ftruncateSync, openSync } from "node:fs";
import { run } from "../base/exec.ts";

// Slots of 512 bytes; SBD wants no more than this.
const diskBytes = 4 * 1024 * 1024;

function backingFile(dir: string): string {
  return `${dir}/disk`;
}

/**
 * The disk that a lab's nodes share: a file behind one of this machine's loop devices, since SBD takes nothing but a
 * block device. Nodes that boot afterwards have it as /dev/disk/by-id/haven-lab.
 *
 * @throws HavenError exec.failed where the machine has no loop devices
 */
export async function ensureSharedDisk(dir: string): Promise<void> {
  const path = backingFile(dir);
  if (!existsSync(path)) {
    const file = openSync(path, "wx", 0o600);
    ftruncateSync(file, diskBytes);
    closeSync(file);
  }
  // Two devices over one file would each have a cache.
  if ((await loopDevices(path)).length === 0) await run(["losetup", "--find", path]);
}

/** Takes the disk's device away; its file goes with the lab's directory. */
export async function removeSharedDisk(dir: string): Promise<void> {
  const path = backingFile(dir);
  if (!existsSync(path)) return;
  for (const device of await loopDevices(path)) await run(["losetup", "--detach", device]);
}

/** The loop devices over exactly that file. */
async function loopDevices(path: string): Promise<readonly string[]> {
  const text = await run(["losetup", "--noheadings", "--output", "NAME", "--associated", path]);
  return text.split("\n").flatMap((line) => line.trim() || []);
}
