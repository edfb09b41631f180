import { readFileSync } from "node:fs";
import { poll } from "../base/poll.ts";

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from the machine's start, field 22 of /proc/PID/stat (proc(5)). */
  readonly started: string;
  /** The machine's boot id. */
  readonly boot: string;
}

let bootId: string | undefined;

/** The identity of a living process; undefined when there is none, or only its zombie. */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  const fields = statFields(pid);
  const started = fields?.[19];
  if (fields === undefined || started === undefined || fields[0] === "Z" || fields[0] === "X")
    return undefined;
  bootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return { pid, started, boot: bootId };
}

/** True while exactly that process lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  const now = processIdentity(identity.pid);
  return now !== undefined && now.started === identity.started && now.boot === identity.boot;
}

/** Reads "PID STARTED BOOT" from a file; undefined when it is not there or that process is dead. */
export function livingProcess(path: string): ProcessIdentity | undefined {
  const text = readIfThere(path);
  const match = text === undefined ? null : /^(\d+) (\d+) (\S+)\n$/.exec(text);
  if (match === null) return undefined;
  const identity = { pid: Number(match[1]), started: match[2] ?? "", boot: match[3] ?? "" };
  return isAlive(identity) ? identity : undefined;
}

/** Kills exactly that process, and waits until it is gone; false when it is not within the time. */
export async function killProcess(identity: ProcessIdentity, timeoutMs = 10_000): Promise<boolean> {
  if (!isAlive(identity)) return true;
  signalProcess(identity, "SIGKILL");
  const gone = await poll(() => !isAlive(identity), { timeoutMs, intervalMs: 10 });
  return gone === true;
}

/** Sends a signal, unless the process is gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** A file's text, undefined when it is not there. For /proc, where things vanish while they are read. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** The fields of /proc/PID/stat from the state on: the name before it may hold anything. */
export function statFields(pid: number): readonly string[] | undefined {
  const text = readIfThere(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(")") + 2).split(" ");
}
