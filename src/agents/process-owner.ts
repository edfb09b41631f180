import { readdirSync, readFileSync, statSync } from "node:fs";
import { type ProcEntry, readText } from "./proc.ts";
import { inTime, type Scan } from "./process-scan.ts";

/** How long the cgroups of processes that say nothing may take to be read, beyond the scan's own time. */
const extraMs = 500;

/** libvirt writes a domain's pid file within moments of its process's start; a number used again comes later. */
const pidFileToleranceMs = 10_000;

/**
 * Whether a process that does not say itself whose it is may belong to the domain that is looked for. libvirt says
 * so in two places: the cgroup that it puts a domain into, and the pid file that it keeps. Only where one of them
 * gives it to another domain, and none to this one, it is not ours.
 */
export async function mayBelong(entry: ProcEntry, scan: Scan): Promise<boolean> {
  const { name, formerName } = scan.query;
  const ours = [name, formerName].filter((one): one is string => one !== undefined && one !== "");
  if (ours.length === 0) return true;
  const machine = await machineOf(entry, scan);
  const filed = pidFileOf(entry, scan);
  const claims: boolean[] = [];
  if (machine !== undefined) claims.push(ours.some((one) => isMachineOf(machine, one)));
  if (filed !== undefined) {
    const sameUuid = filed.uuid !== undefined && filed.uuid === scan.query.uuid;
    claims.push(sameUuid || ours.includes(filed.name));
  }
  return claims.length === 0 || claims.includes(true);
}

/** The UUID that libvirt has noted for a process; undefined where it has not, or the note may be of an earlier one. */
export function notedUuid(entry: ProcEntry, scan: Scan): string | undefined {
  return pidFileOf(entry, scan)?.uuid;
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
async function machineOf(entry: ProcEntry, scan: Scan): Promise<Machine | undefined> {
  const text = await inTime(`${scan.root}/${entry.pid}/cgroup`, scan.until + extraMs, readText);
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
interface Filed {
  readonly name: string;
  /** From its note of the running domain beside the pid file. */
  readonly uuid: string | undefined;
}

/** The pid file that is of this process, and not of an earlier one with its number. They are in /run: nothing hangs. */
function pidFileOf(entry: ProcEntry, scan: Scan): Filed | undefined {
  if (scan.query.kind === "xen") return undefined;
  const folder = `${scan.libvirtFolder}/${scan.query.kind}`;
  const began = startOf(entry, scan.root);
  if (began === undefined) return undefined;
  const found: string[] = [];
  try {
    for (const file of readdirSync(folder)) {
      if (!file.endsWith(".pid")) continue;
      const path = `${folder}/${file}`;
      if (readFileSync(path, "latin1").trim() !== String(entry.pid)) continue;
      if (Math.abs(statSync(path).mtimeMs - began) <= pidFileToleranceMs) found.push(file.slice(0, -4));
    }
  } catch {
    return undefined;
  }
  const [name, another] = found;
  if (name === undefined || another !== undefined) return undefined;
  return { name, uuid: uuidNoted(`${folder}/${name}.xml`) };
}

function uuidNoted(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8");
    return /<domain[\s>][\s\S]*?<uuid>([0-9a-f-]{36})<\/uuid>/.exec(text)?.[1];
  } catch {
    return undefined;
  }
}

/** When the process began, milliseconds since 1970; clock ticks are hundredths of a second on all architectures. */
function startOf(entry: ProcEntry, root: string): number | undefined {
  try {
    const uptime = Number(readFileSync(`${root}/uptime`, "latin1").split(" ")[0]);
    const began = Date.now() - uptime * 1000 + Number(entry.startTime) * 10;
    return Number.isFinite(began) ? began : undefined;
  } catch {
    return undefined;
  }
}
