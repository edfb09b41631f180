import { containerEvidence } from "./container-evidence.ts";
import type { ProcEntry } from "./proc.ts";
import { type Notes, type Owners, readNotes, readOwners } from "./process-owner.ts";
import {
  after,
  type FoundProcess,
  factsOf,
  isInside,
  type ProcessQuery,
  readTable,
  type Scan,
  tableDoubts,
} from "./process-scan.ts";
import { commandLine, hasEnded } from "./process-words.ts";

export type { FoundProcess, ProcessQuery } from "./process-scan.ts";

/** What the process table says. */
export interface ProcessEvidence {
  readonly found: readonly FoundProcess[];
  /** Why the table is not the whole truth; empty when it is, and then nothing found means: not here. */
  readonly doubts: readonly string[];
}

export interface ScanOptions {
  /** For tests; default /proc. */
  readonly root?: string;
  /** For tests; default /run/libvirt. */
  readonly libvirtFolder?: string;
  /** How long all processes together may take to show their command lines, default 1,500 ms. */
  readonly timeoutMs?: number;
}

/**
 * Looks through the process table for what runs a domain.
 *
 * QEMU's command line says `-uuid UUID` and `-name guest=NAME,…`: libvirt always writes both. A container has a
 * controller, `libvirt_lxc --name NAME`, and a first process with LIBVIRT_LXC_UUID in its environment. A process
 * that is ending shows no command line any more; its threads may, and until the last has gone it may write. One that
 * says nothing is a doubt, unless libvirt has it down as another domain's.
 */
export async function processEvidence(
  query: ProcessQuery,
  options: ScanOptions = {},
): Promise<ProcessEvidence> {
  const root = options.root ?? "/proc";
  if (query.kind === "xen") return { found: [], doubts: ["Xen's domains are no processes of this system"] };
  const doubts: string[] = root === "/proc" ? [...tableDoubts(root)] : [];
  const table = readTable(root, doubts);
  const until = performance.now() + (options.timeoutMs ?? 1500);
  const scan = { query, root, until, doubts };
  const notes = readNotes(table, `${options.libvirtFolder ?? libvirtFolder}/${query.kind}`, root);
  const candidates = table.filter(
    (entry) => (isCandidate(entry, query) || isDomain(notes, entry)) && !isInside(root, entry.pid),
  );
  const found =
    query.kind === "lxc"
      ? await containerEvidence(table, candidates, notes, scan)
      : await qemuEvidence(candidates, notes, scan);
  return { found: found.filter((process) => process !== undefined), doubts };
}

/** Every process that may run a domain, whosever it is, and why the table may not be the whole truth. */
export function hypervisorProcesses(options: Omit<ScanOptions, "timeoutMs"> = {}): {
  readonly found: readonly ProcEntry[];
  readonly doubts: readonly string[];
} {
  const root = options.root ?? "/proc";
  const doubts: string[] = root === "/proc" ? [...tableDoubts(root)] : [];
  const table = readTable(root, doubts);
  const noted = ["qemu", "lxc"].map((driver) =>
    readNotes(table, `${options.libvirtFolder ?? libvirtFolder}/${driver}`, root),
  );
  const found = table.filter(
    (entry) =>
      (isQemu(entry) || isController(entry) || noted.some((notes) => isDomain(notes, entry))) &&
      !isInside(root, entry.pid) &&
      !hasEnded(entry, root),
  );
  return { found, doubts };
}

/** Where libvirt keeps what it knows of running domains. */
const libvirtFolder = "/run/libvirt";

/** What comes with QEMU and runs no domain; as the kernel cuts the names off. */
const tools =
  /^qemu-(ga|nbd|img|io|edid|keymap|storage-daemon|storage-da|pr-helper|bridge-helper|bridge-hel|vmsr-helper)$/;

function isQemu({ comm, program }: ProcEntry): boolean {
  return [comm, program].some((name) => /^(qemu|kvm)/.test(name)) && !tools.test(program || comm);
}

/** Helpers of a domain (virtiofsd) have pid files of their own, and no domain beside them. */
function isDomain(notes: Notes, { pid }: ProcEntry): boolean {
  return notes.get(pid)?.uuid !== undefined;
}

function isController({ comm, program }: ProcEntry): boolean {
  return comm.startsWith("libvirt_lxc") || program === "libvirt_lxc";
}

function isCandidate(entry: ProcEntry, query: ProcessQuery): boolean {
  if (query.kind === "lxc") return isController(entry);
  if (isQemu(entry)) return true;
  const { emulator } = query;
  if (emulator === undefined) return false;
  return entry.program === emulator || entry.comm === emulator.slice(0, 15);
}

async function qemuEvidence(
  candidates: readonly ProcEntry[],
  notes: Notes,
  scan: Scan,
): Promise<readonly (FoundProcess | undefined)[]> {
  const owners = await readOwners(candidates, notes, scan);
  // Readers of command lines that hang keep others from being read: what is noted as ours comes first, then what may
  // be, and what is certainly another's is not asked.
  const turns = Map.groupBy(candidates, (entry) => {
    if (owners.notedUuid(entry) !== undefined && owners.notedUuid(entry) === scan.query.uuid) return 0;
    if (owners.isAnothers(entry)) return "never";
    return owners.mayBelong(entry) ? 1 : 2;
  });
  const found: (FoundProcess | undefined)[] = [];
  for (const turn of [0, 1, 2] as const)
    found.push(...(await Promise.all((turns.get(turn) ?? []).map((entry) => askQemu(entry, owners, scan)))));
  return found;
}

async function askQemu(entry: ProcEntry, owners: Owners, scan: Scan): Promise<FoundProcess | undefined> {
  const words = await commandLine(entry, scan);
  if (words !== undefined) return qemuOf(entry, words, scan.query);
  // It shows nothing: is it still there, or has it gone while we looked?
  if (!hasEnded(entry, scan.root) && owners.mayBelong(entry)) {
    scan.doubts.push(`process ${entry.pid} (${entry.comm}, state ${entry.state}) does not say whose it is`);
  }
  return undefined;
}

function qemuOf(entry: ProcEntry, words: readonly string[], query: ProcessQuery): FoundProcess | undefined {
  const uuid = after(words, "-uuid")?.toLowerCase();
  const name = guestName(after(words, "-name"));
  const sameUuid = query.uuid !== undefined && uuid === query.uuid;
  const sameName = query.name !== undefined && name === query.name;
  if (!sameUuid && !sameName) return undefined;
  return { ...factsOf(entry), by: sameUuid ? "uuid" : "name", uuid, incoming: words.includes("-incoming") };
}

/** `guest=NAME,debug-threads=on`, with a comma in the name written twice; older: `NAME,…`. */
function guestName(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const parts = value.replaceAll(",,", "\0").split(",");
  const part = parts.find((text) => text.startsWith("guest="))?.slice(6) ?? parts[0];
  return part?.replaceAll("\0", ",");
}
