import { readdirSync } from "node:fs";
import { HavenError } from "../base/errors.ts";
import { poll } from "../base/poll.ts";
import { killProcess, type ProcessIdentity, processIdentity, readIfThere } from "./process.ts";

/**
 * Ends processes of a lab that no record names, as a command leaves them that was killed between starting a node
 * and writing it down: they have a node's disk mounted, or were started from the lab's directory.
 *
 * @throws HavenError lab.failed when one does not die
 */
export async function sweepProcesses(dir: string): Promise<void> {
  const own = readIfThere("/proc/self/mountinfo");
  const sweep = async (): Promise<boolean> => {
    const left = findProcesses(dir, own);
    await Promise.all(left.map(async (identity) => await killProcess(identity, 1000)));
    return left.length === 0;
  };
  if ((await poll(sweep, { timeoutMs: 10_000, intervalMs: 20 })) !== true) {
    const pids = findProcesses(dir, own).map(({ pid }) => pid);
    throw new HavenError("lab.failed", { what: "Processes of the lab did not die", why: pids.join(", ") });
  }
}

function findProcesses(dir: string, own: string | undefined): readonly ProcessIdentity[] {
  const found: ProcessIdentity[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    if (!startedFrom(dir, pid) && !hasNodeDisk(dir, pid, own)) continue;
    const identity = processIdentity(pid);
    if (identity !== undefined) found.push(identity);
  }
  return found;
}

function startedFrom(dir: string, pid: number): boolean {
  const words = (readIfThere(`/proc/${pid}/cmdline`) ?? "").split("\0");
  return words.includes(`${dir}/bin/boot`) || words[0]?.startsWith(`${dir}/bin/`) === true;
}

function hasNodeDisk(dir: string, pid: number, own: string | undefined): boolean {
  const mounts = readIfThere(`/proc/${pid}/mountinfo`) ?? "";
  return mounts !== own && mounts.includes(`upperdir=${dir}/nodes/`);
}
