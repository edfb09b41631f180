import { readFileSync, readlinkSync } from "node:fs";
import { listNumbers, type ProcEntry, readProcEntry } from "./proc.ts";

/** Whose process is looked for. */
export interface ProcessQuery {
  /** qemu also for kvm. Xen's guests are no processes of this system: nothing can be said of them. */
  readonly kind: "qemu" | "lxc" | "xen";
  /** With dashes, lower case; undefined when it is not known. */
  readonly uuid: string | undefined;
  readonly name: string | undefined;
  /** The name that it was started with here, where the configuration's has been changed since. */
  readonly formerName?: string | undefined;
  /** File name of the emulator, where it is not called qemu-… or kvm. */
  readonly emulator?: string | undefined;
}

/** A process that runs a domain. */
export interface FoundProcess {
  readonly pid: number;
  readonly startTime: string;
  readonly program: string;
  /** R, S, D, Z: one that hangs or is ending exists all the same. */
  readonly state: string;
  /**
   * By UUID: beyond doubt, this may be ended. By name: it has the name, and another or no UUID, or was looked
   * for by name only.
   */
  readonly by: "uuid" | "name";
  /** Its UUID where its command line says it. */
  readonly uuid: string | undefined;
  /** It was started to receive a migration; whether that has ended its command line does not tell. */
  readonly incoming: boolean;
}

/** One look through the process table. */
export interface Scan {
  readonly query: ProcessQuery;
  readonly root: string;
  /** The scan's end, of performance.now(). */
  readonly until: number;
  /** Why the table is not the whole truth. */
  readonly doubts: string[];
}

/** All processes but the kernel's; what cannot be read is a doubt. */
export function readTable(root: string, doubts: string[]): readonly ProcEntry[] {
  const table: ProcEntry[] = [];
  let numbers: readonly number[] = [];
  try {
    numbers = listNumbers(root);
  } catch {
    doubts.push("the process table cannot be read");
  }
  for (const pid of numbers) {
    try {
      const entry = readProcEntry(root, pid);
      if (entry !== undefined && !entry.kernelThread) table.push(entry);
    } catch {
      doubts.push(`process ${pid} cannot be read`);
    }
  }
  return table;
}

/** /proc of another PID namespace, or one that hides processes (hidepid), shows less than there is. */
export function tableDoubts(root: string): readonly string[] {
  try {
    if (readlinkSync(`${root}/self`) !== String(process.pid)) return ["/proc is of another namespace"];
  } catch {
    return ["/proc is not mounted"];
  }
  try {
    return readProcEntry(root, 1) === undefined ? ["/proc hides processes"] : [];
  } catch {
    return ["/proc does not let this user read all processes"];
  }
}

/** A file of /proc, by that time of performance.now(); undefined when it cannot be read, or not in time. */
export async function inTime<T>(
  path: string,
  until: number,
  read: (path: string, timeoutMs: number) => Promise<T>,
): Promise<T | undefined> {
  const left = until - performance.now();
  if (left <= 0) return undefined;
  try {
    return await read(path, left);
  } catch {
    return undefined;
  }
}

/** What /proc/PID/status says; it takes no lock that a hanging process may hold. Source: proc_pid_status(5). */
export interface ProcStatus {
  /**
   * The process's numbers, from the namespace that /proc is of to the innermost one: a single one for a process of
   * this namespace. Undefined where the kernel does not say.
   */
  readonly numbers: readonly number[] | undefined;
  /** False for one that is ending: it has no command line and no environment any more. */
  readonly hasMemory: boolean;
}

export function readProcStatus(root: string, pid: number): ProcStatus {
  let text = "";
  try {
    text = readFileSync(`${root}/${pid}/status`, "latin1");
  } catch {
    return { numbers: undefined, hasMemory: true };
  }
  const numbers = /^NSpid:\s+([\d \t]+)$/m.exec(text)?.[1]?.trim().split(/\s+/).map(Number);
  return { numbers, hasMemory: /^VmSize:/m.test(text) };
}

/**
 * True for a process of a container, whoever made it: what its guest runs proves nothing of our domains. libvirt's
 * QEMU and its containers' controllers are in libvirt's own namespace, which is Pacemaker's and the agent's.
 */
export function isInside(root: string, pid: number): boolean {
  return (readProcStatus(root, pid).numbers?.length ?? 1) > 1;
}

/** What names the process in an answer. */
export function factsOf(entry: ProcEntry): Pick<FoundProcess, "pid" | "startTime" | "program" | "state"> {
  return {
    pid: entry.pid,
    startTime: entry.startTime,
    program: entry.program || entry.comm,
    state: entry.state,
  };
}

/** The word that follows an option on a command line. */
export function after(words: readonly string[], option: string): string | undefined {
  const at = words.indexOf(option);
  return at === -1 ? undefined : words[at + 1];
}
