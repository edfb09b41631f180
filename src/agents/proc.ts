import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";

/** One process as /proc/PID/stat and /proc/PID/exe show it. Source: proc_pid_stat(5). */
export interface ProcEntry {
  readonly pid: number;
  /** The name of the program, at most 15 characters. */
  readonly comm: string;
  /** R, S, D, Z, X … */
  readonly state: string;
  readonly parent: number;
  readonly kernelThread: boolean;
  /** Clock ticks since boot: with the number it names a process for ever. */
  readonly startTime: string;
  /** File name of the program, without path; empty where the kernel does not say (it is ending, or hides it). */
  readonly program: string;
}

/** Linux's PF_KTHREAD. Source: include/linux/sched.h. */
const kernelThreadFlag = 0x00200000;

/** True for an error that says: this process has gone in the meantime. */
export function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH");
}

/**
 * Reads what can be read without waiting: neither file takes a lock of the process that is looked at, so a
 * process that hangs on dead storage does not make its reader hang.
 *
 * @returns undefined when there is no such process
 * @throws Error of the system when it may not be read
 */
export function readProcEntry(root: string, pid: number): ProcEntry | undefined {
  let stat: string;
  try {
    stat = readFileSync(`${root}/${pid}/stat`, "latin1");
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
  const open = stat.indexOf("(");
  const close = stat.lastIndexOf(")");
  const fields = stat.slice(close + 2).split(" ");
  const [state = "", parent = ""] = fields;
  const kernelThread = (Number(fields[6]) & kernelThreadFlag) !== 0;
  return {
    pid,
    comm: stat.slice(open + 1, close),
    state,
    parent: Number(parent),
    kernelThread,
    startTime: fields[19] ?? "",
    program: kernelThread ? "" : programOf(root, pid),
  };
}

/**
 * An upgraded program's file is shown as "qemu-system-x86_64 (deleted)". Some processes hide theirs even from root
 * (a security module, PID 1 of a virtual machine): the name that stat shows is left.
 */
function programOf(root: string, pid: number): string {
  try {
    return basename(readlinkSync(`${root}/${pid}/exe`).replace(/ \(deleted\)$/, ""));
  } catch {
    return "";
  }
}

/** Numbers of all processes, or of all threads of one. */
export function listNumbers(folder: string): readonly number[] {
  return readdirSync(folder)
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number);
}

/**
 * A file of /proc whose reading takes a lock of the process, which one that hangs may hold: undefined after
 * `timeoutMs`.
 */
export async function readText(path: string, timeoutMs: number): Promise<string | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  try {
    return await Promise.race([readFile(path, "utf8"), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The same for a file that holds strings ended by zero bytes: cmdline, environ. */
export async function readStrings(path: string, timeoutMs: number): Promise<readonly string[] | undefined> {
  return (await readText(path, timeoutMs))?.split("\0").slice(0, -1);
}
