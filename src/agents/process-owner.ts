import { readdirSync, readFileSync, statSync } from "node:fs";
import { type ProcEntry, readText } from "./proc.ts";
import { inTime, type Scan } from "./process-scan.ts";

/** How long all cgroups together may take to be read: a lock of the whole system's, which none of the processes has. */
const cgroupsMs = 500;

/** libvirt writes a domain's pid file within moments of its process's start; a number used again comes later. */
const pidFileToleranceMs = 10_000;

/** What libvirt itself says of processes, besides what they say. Asked before any of them, which may hang. */
export interface Owners {
  /** libvirt has it down as another domain's, with another UUID: it need not be asked. */
  isAnothers(entry: ProcEntry): boolean;
  /**
   * Whether one that does not say itself whose it is may belong to the domain that is looked for. Only where libvirt
   * gives it to another domain in one place, and to this one in none, it is not ours.
   */
  mayBelong(entry: ProcEntry): boolean;
  /** The UUID that libvirt has noted for it; undefined where it has not, or the note may be of an earlier process. */
  notedUuid(entry: ProcEntry): string | undefined;
}

/** Counts pid files and, for processes without one, cgroups: what libvirt has forgotten is still in its cgroup. */
export async function readOwners(entries: readonly ProcEntry[], notes: Notes, scan: Scan): Promise<Owners> {
  const { uuid, name, formerName } = scan.query;
  const ours = [name, formerName].filter((one): one is string => one !== undefined && one !== "");
  const machines = new Map<number, Machine | undefined>();
  const until = performance.now() + cgroupsMs;
  const unnoted = entries.filter((entry) => !notes.has(entry.pid));
  await Promise.all(
    unnoted.map(async (entry) => {
      machines.set(entry.pid, await machineOf(entry, scan, until));
    }),
  );
  const isOurNote = (note: Note): boolean =>
    ours.includes(note.name) || (note.uuid !== undefined && note.uuid === uuid);
  return {
    isAnothers(entry) {
      const note = notes.get(entry.pid);
      return ours.length > 0 && note?.uuid !== undefined && uuid !== undefined && !isOurNote(note);
    },
    mayBelong(entry) {
      if (ours.length === 0) return true;
      const note = notes.get(entry.pid);
      if (note !== undefined) return isOurNote(note);
      const machine = machines.get(entry.pid);
      return machine === undefined || ours.some((one) => isMachineOf(machine, one));
    },
    notedUuid: (entry) => notes.get(entry.pid)?.uuid,
  };
}

/** A domain as libvirt names its cgroup: `qemu-3-NAME`, with what systemd does not allow left out of the name. */
interface Machine {
  readonly name: string;
  /** It may be cut off: libvirt ends it at 64 characters. */
  readonly isCut: boolean;
}

/**
 * The one machine in whose cgroup the process is. With systemd it is machine-qemu\x2d3\x2dNAME.scope, without
 * qemu-3-NAME.libvirt-qemu (libvirt's virsystemd.c, domain_driver.c, vircgroup.c). Domains of users and of embedded
 * drivers have no number in that place.
 */
async function machineOf(entry: ProcEntry, scan: Scan, until: number): Promise<Machine | undefined> {
  const text = await inTime(`${scan.root}/${entry.pid}/cgroup`, until, readText);
  const names = new Set<string>();
  for (const folder of (text ?? "").split(/[\n/]/)) {
    const scope = /^machine-(.+)\.scope$/.exec(folder)?.[1];
    const escaped = scope?.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    const machine = escaped ?? /^(.+)\.libvirt-(?:qemu|lxc)$/.exec(folder)?.[1];
    if (machine !== undefined) names.add(machine);
  }
  const [one, another] = names;
  const name = /^(?:qemu|lxc)-\d+-(.+)$/.exec(one ?? "")?.[1];
  if (one === undefined || name === undefined || another !== undefined) return undefined;
  return { name, isCut: one.length >= 60 };
}

/** Versions of libvirt differ in which dots and dashes they leave out: only letters and digits are compared. */
function isMachineOf(machine: Machine, name: string): boolean {
  const folded = name.replace(/[^A-Za-z0-9]/g, "");
  const seen = machine.name.replace(/[^A-Za-z0-9]/g, "");
  return folded === seen || (machine.isCut && folded.startsWith(seen));
}

/** What libvirt has written down of a process. */
export interface Note {
  readonly name: string;
  /** From its note of the running domain beside the pid file. */
  readonly uuid: string | undefined;
}

/** By the number of the process. */
export type Notes = ReadonlyMap<number, Note>;

/**
 * Pid files that are of these processes, and not of earlier ones with their numbers. In /run nothing hangs.
 *
 * @param folder libvirt's for the domains of one driver: /run/libvirt/qemu
 */
export function readNotes(table: readonly ProcEntry[], folder: string, root: string): Notes {
  const notes = new Map<number, Note>();
  const wanted = new Map(table.map((entry) => [entry.pid, entry]));
  const doubled = new Set<number>();
  try {
    const booted = bootTime(root);
    for (const file of readdirSync(folder)) {
      if (!file.endsWith(".pid")) continue;
      const path = `${folder}/${file}`;
      const entry = wanted.get(Number(readFileSync(path, "latin1").trim()));
      // Clock ticks are hundredths of a second on all architectures.
      const began = booted + Number(entry?.startTime) * 10;
      if (entry === undefined || !(Math.abs(statSync(path).mtimeMs - began) <= pidFileToleranceMs)) continue;
      if (notes.has(entry.pid)) doubled.add(entry.pid);
      const name = file.slice(0, -4);
      notes.set(entry.pid, { name, uuid: uuidNoted(`${folder}/${name}.xml`) });
    }
  } catch {
    // libvirt has come and gone while we looked, or never was here: what was read so far is true.
  }
  for (const pid of doubled) notes.delete(pid);
  return notes;
}

/** The first UUID in the domain is its own. */
function uuidNoted(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8");
    return /<domain[\s>][\s\S]*?<uuid>([0-9a-f-]{36})<\/uuid>/.exec(text)?.[1];
  } catch {
    return undefined;
  }
}

/** Milliseconds since 1970. @throws Error of the system */
function bootTime(root: string): number {
  return Date.now() - Number(readFileSync(`${root}/uptime`, "latin1").split(" ")[0]) * 1000;
}
