import { readdirSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { nodeProcess } from "./node-process.ts";
import { type ProcessIdentity, processIdentity, readIfThere, statFields } from "./process.ts";
import type { LabNode } from "./settings.ts";

/** A process of a node, by the host's number. */
export interface NodeProcess extends ProcessIdentity {
  readonly argv: readonly string[];
  /** The kernel's name for it, at most 15 characters. */
  readonly comm: string;
  /** Stopped by a signal. */
  readonly isStopped: boolean;
}

/** All processes of a node, process 1 first; none when it is off. Containers within it are left out. */
export function nodeProcesses(node: LabNode): readonly NodeProcess[] {
  const init = nodeProcess(node);
  if (init === undefined) return [];
  const namespace = pidNamespace(init.pid);
  const found: NodeProcess[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || namespace === undefined || pidNamespace(pid) !== namespace) continue;
    const identity = processIdentity(pid);
    const state = statFields(pid)?.[0];
    if (identity === undefined || state === undefined) continue;
    const argv = (readIfThere(`/proc/${pid}/cmdline`) ?? "").split("\0").slice(0, -1);
    const comm = (readIfThere(`/proc/${pid}/comm`) ?? "").trim();
    found.push({ ...identity, argv, comm, isStopped: state === "T" });
  }
  return found;
}

function pidNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

/**
 * Whether a process is what a user calls it: "vm:NAME" is that VM's QEMU, "qemu" any, "agent" Haven's resource
 * agent at work, "storage" the server of the shared storage; anything else is a program's name.
 */
export function isCalled(process: Pick<NodeProcess, "argv" | "comm">, name: string): boolean {
  const { argv, comm } = process;
  const program = basename(argv[0] ?? "");
  if (name.startsWith("vm:")) return isQemu(program) && qemuName(argv) === name.slice(3);
  if (name === "qemu") return isQemu(program);
  if (name === "agent") return program === "Domain";
  if (name === "storage") return program === "bindfs";
  // Scripts show their interpreter first.
  return program === name || comm === name.slice(0, 15) || basename(argv[1] ?? "") === name;
}

function isQemu(program: string): boolean {
  return program.startsWith("qemu-system-");
}

/** libvirt says "-name guest=NAME,debug-threads=on". */
function qemuName(argv: readonly string[]): string | undefined {
  const value = argv[argv.indexOf("-name") + 1] ?? "";
  return /^guest=([^,]*)/.exec(value)?.[1];
}
