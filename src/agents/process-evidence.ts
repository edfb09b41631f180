import { readlinkSync } from "node:fs";
import { isGone, listNumbers, type ProcEntry, readProcEntry, readStrings } from "./proc.ts";

/** Whose process is looked for. */
export interface ProcessQuery {
  /** qemu also for kvm. Xen's guests are no processes of this system: nothing can be said of them. */
  readonly kind: "qemu" | "lxc" | "xen";
  /** With dashes, lower case; undefined when it is not known. */
  readonly uuid: string | undefined;
  readonly name: string | undefined;
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

/** What the process table says. */
export interface ProcessEvidence {
  readonly found: readonly FoundProcess[];
  /** Why the table is not the whole truth; empty when it is, and then nothing found means: not here. */
  readonly doubts: readonly string[];
}

export interface ScanOptions {
  /** For tests; default /proc. */
  readonly root?: string;
  /** How long all processes together may take to show their command lines, default 1,500 ms. */
  readonly timeoutMs?: number;
}

const hypervisorName = /^(qemu|kvm|libvirt_lxc)/;

/**
 * Looks through the process table for what runs a domain.
 *
 * QEMU's command line says `-uuid UUID` and `-name guest=NAME,…`: libvirt always writes both. A container has a
 * controller, `libvirt_lxc --name NAME`, and processes with LIBVIRT_LXC_UUID in their environment. A process
 * that is ending shows no command line any more; its threads may, and until the last has gone it may write.
 */
export async function processEvidence(
  query: ProcessQuery,
  options: ScanOptions = {},
): Promise<ProcessEvidence> {
  const root = options.root ?? "/proc";
  if (query.kind === "xen") return { found: [], doubts: ["Xen's domains are no processes of this system"] };
  const doubts: string[] = [];
  if (root === "/proc") doubts.push(...tableDoubts(root));
  const table = readTable(root, doubts);
  const until = performance.now() + (options.timeoutMs ?? 1500);
  const scan = { query, root, until, doubts };
  const candidates = table.filter((entry) => isCandidate(entry, query));
  const looks = candidates.map((entry) => examine(entry, scan));
  if (query.kind === "lxc") looks.push(...containerProcesses(table, candidates, scan));
  const found = (await Promise.all(looks)).filter((process) => process !== undefined);
  return { found, doubts };
}

const tools = /^qemu-(ga|nbd|img|io|pr-helper|storage-daemon)$/;

/** Every process that may run a domain, whosever it is, and why the table may not be the whole truth. */
export function hypervisorProcesses(root = "/proc"): {
  readonly found: readonly ProcEntry[];
  readonly doubts: readonly string[];
} {
  const doubts: string[] = root === "/proc" ? [...tableDoubts(root)] : [];
  const query: ProcessQuery = { kind: "qemu", uuid: undefined, name: undefined };
  const found = readTable(root, doubts).filter(
    (entry) =>
      isCandidate(entry, query) && !tools.test(entry.program || entry.comm) && !hasEnded(entry, root),
  );
  return { found, doubts };
}

interface Scan {
  readonly query: ProcessQuery;
  readonly root: string;
  /** The scan's end, of performance.now(). */
  readonly until: number;
  readonly doubts: string[];
}

/** /proc of another PID namespace, or one that hides processes (hidepid), shows less than there is. */
function tableDoubts(root: string): readonly string[] {
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

function readTable(root: string, doubts: string[]): readonly ProcEntry[] {
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

function isCandidate(entry: ProcEntry, query: ProcessQuery): boolean {
  const names = [entry.comm, entry.program];
  if (names.some((name) => hypervisorName.test(name))) return true;
  const { emulator } = query;
  if (emulator === undefined) return false;
  return entry.program === emulator || entry.comm === emulator.slice(0, 15);
}

async function examine(entry: ProcEntry, scan: Scan): Promise<FoundProcess | undefined> {
  const words = await commandLine(entry, scan);
  if (words === undefined) {
    // It shows nothing: is it still there, or has it gone while we looked?
    if (hasEnded(entry, scan.root)) return undefined;
    scan.doubts.push(`process ${entry.pid} (${entry.comm}, state ${entry.state}) does not say whose it is`);
    return undefined;
  }
  return scan.query.kind === "lxc"
    ? controllerOf(entry, words, scan.query)
    : qemuOf(entry, words, scan.query);
}

/** The command line, of the process or of one of its threads; undefined when none of them shows it. */
async function commandLine(entry: ProcEntry, scan: Scan): Promise<readonly string[] | undefined> {
  const own = await tryStrings(`${scan.root}/${entry.pid}/cmdline`, scan);
  // No answer: its threads would wait for the same lock. Only one that is ending shows an empty line.
  if (own === undefined || own.length > 0) return own;
  let threads: readonly number[] = [];
  try {
    threads = listNumbers(`${scan.root}/${entry.pid}/task`).filter((thread) => thread !== entry.pid);
  } catch {
    return undefined;
  }
  for (const thread of threads.slice(0, 64)) {
    const words = await tryStrings(`${scan.root}/${entry.pid}/task/${thread}/cmdline`, scan);
    if (words !== undefined && words.length > 0) return words;
  }
  return undefined;
}

async function tryStrings(path: string, scan: Scan): Promise<readonly string[] | undefined> {
  const left = scan.until - performance.now();
  if (left <= 0) return undefined;
  try {
    return await readStrings(path, left);
  } catch {
    return undefined;
  }
}

/** Gone, or all that is left is an entry for its parent to collect: no thread of it can do anything any more. */
function hasEnded(entry: ProcEntry, root: string): boolean {
  try {
    const now = readProcEntry(root, entry.pid);
    if (now === undefined || now.startTime !== entry.startTime) return true;
    if (now.state !== "Z" && now.state !== "X") return false;
    return listNumbers(`${root}/${entry.pid}/task`).length <= 1;
  } catch (error) {
    return isGone(error);
  }
}

function qemuOf(entry: ProcEntry, words: readonly string[], query: ProcessQuery): FoundProcess | undefined {
  const uuid = after(words, "-uuid")?.toLowerCase();
  const name = guestName(after(words, "-name"));
  const sameUuid = query.uuid !== undefined && uuid === query.uuid;
  const sameName = query.name !== undefined && name === query.name;
  if (!sameUuid && !sameName) return undefined;
  return { ...factsOf(entry), by: sameUuid ? "uuid" : "name", uuid, incoming: words.includes("-incoming") };
}

function controllerOf(
  entry: ProcEntry,
  words: readonly string[],
  query: ProcessQuery,
): FoundProcess | undefined {
  if (query.name === undefined || after(words, "--name") !== query.name) return undefined;
  if (!entry.comm.startsWith("libvirt_lxc") && entry.program !== "libvirt_lxc") return undefined;
  // Names of containers are unique on a node, and the controller knows no UUID: the name is what it has.
  return { ...factsOf(entry), by: "uuid", uuid: query.uuid, incoming: false };
}

/** Processes inside a container: its first process keeps what libvirt gave it. Only other PID namespaces are read. */
function containerProcesses(
  table: readonly ProcEntry[],
  controllers: readonly ProcEntry[],
  scan: Scan,
): readonly Promise<FoundProcess | undefined>[] {
  const { uuid } = scan.query;
  if (uuid === undefined) return [];
  const own = namespaceOf(scan.root, "self");
  const known = new Set(controllers.map((entry) => entry.pid));
  return table
    .filter((entry) => !known.has(entry.pid) && namespaceOf(scan.root, String(entry.pid)) !== own)
    .map(async (entry) => {
      const variables = await tryStrings(`${scan.root}/${entry.pid}/environ`, scan);
      const owner = variables?.find((text) => text.startsWith("LIBVIRT_LXC_UUID="))?.slice(17);
      if (owner?.toLowerCase() !== uuid) return undefined;
      return { ...factsOf(entry), by: "uuid" as const, uuid, incoming: false };
    });
}

function namespaceOf(root: string, pid: string): string | undefined {
  try {
    return readlinkSync(`${root}/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

function factsOf(entry: ProcEntry): Pick<FoundProcess, "pid" | "startTime" | "program" | "state"> {
  return {
    pid: entry.pid,
    startTime: entry.startTime,
    program: entry.program || entry.comm,
    state: entry.state,
  };
}

function after(words: readonly string[], option: string): string | undefined {
  const at = words.indexOf(option);
  return at === -1 ? undefined : words[at + 1];
}

/** `guest=NAME,debug-threads=on`, with a comma in the name written twice; older: `NAME,…`. */
function guestName(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const parts = value.replaceAll(",,", "\0").split(",");
  const part = parts.find((text) => text.startsWith("guest="))?.slice(6) ?? parts[0];
  return part?.replaceAll("\0", ",");
}
