import type { NodeAccess } from "./node-access.ts";
import { outputThere, succeedsThere } from "./output-there.ts";
import { sbdDefaultsPath } from "./sbd-defaults.ts";

/** A disk that hangs makes its readers hang. */
const limit = { timeoutMs: 30_000 };

/** What a device holds that SBD is to use. */
export type SbdDeviceFact =
  /** It is not there, or no block device. */
  | { readonly kind: "missing" }
  /** Nothing is on it, as far as can be seen. */
  | { readonly kind: "empty" }
  | { readonly kind: "sbd"; readonly uuid: string; readonly watchdogS: number; readonly msgwaitS: number }
  /** Somebody's data, or what could not be read: never to be written to. */
  | { readonly kind: "foreign"; readonly what: string };

export interface SbdFacts {
  readonly installed: boolean;
  readonly hasFenceAgent: boolean;
  readonly hasWatchdog: boolean;
  /** The daemon runs. */
  readonly active: boolean;
  /** /etc/default/sbd; empty where there is none. */
  readonly defaults: string;
  /** By path. */
  readonly devices: ReadonlyMap<string, SbdDeviceFact>;
}

/**
 * Reads what set-up of SBD needs to know of a node. Changes nothing there; the watchdog is looked at and never opened,
 * since that would start it.
 */
export async function readSbdFacts(
  node: NodeAccess,
  { watchdog, devices }: { readonly watchdog: string; readonly devices: readonly string[] },
): Promise<SbdFacts> {
  const [installed, hasFenceAgent, hasWatchdog, active, defaults, found] = await Promise.all([
    succeedsThere(node, ["test", "-x", "/usr/sbin/sbd"], limit),
    succeedsThere(node, ["test", "-x", "/usr/sbin/fence_sbd"], limit),
    succeedsThere(node, ["test", "-w", watchdog], limit),
    succeedsThere(node, ["systemctl", "is-active", "--quiet", "sbd"], limit),
    node.readFile(sbdDefaultsPath),
    Promise.all(devices.map(async (device) => [device, await readSbdDevice(node, device)] as const)),
  ]);
  return { installed, hasFenceAgent, hasWatchdog, active, defaults: defaults ?? "", devices: new Map(found) };
}

/** What is on a device, from its first megabyte and what util-linux finds anywhere on it. */
export async function readSbdDevice(node: NodeAccess, device: string): Promise<SbdDeviceFact> {
  if (!(await succeedsThere(node, ["test", "-b", device], limit))) return { kind: "missing" };
  // Rows that are like the one before are one line "*".
  const head = await outputThere(node, ["od", "-A", "x", "-t", "x1", "-N", "1048576", device], limit);
  if (head === undefined) return { kind: "foreign", what: "it cannot be read" };
  if (hasSbdMagic(head)) {
    const dump = await outputThere(node, ["sbd", "-d", device, "dump"], limit);
    const header = dump === undefined ? undefined : parseSbdDump(dump);
    return header ?? { kind: "foreign", what: "it has a header of SBD that sbd cannot read" };
  }
  if (!isZero(head)) return { kind: "foreign", what: "it is not empty" };
  const signatures = await outputThere(node, ["wipefs", "--no-act", "--parsable", device], limit);
  if (signatures === undefined)
    return { kind: "foreign", what: "whether it is in use cannot be told (wipefs)" };
  const [first] = signatures.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return first === undefined
    ? { kind: "empty" }
    : { kind: "foreign", what: `it holds ${first.split(",").at(-1)}` };
}

/** "SBD_SBD_", the first eight bytes (sbd, struct sector_header_s). */
function hasSbdMagic(od: string): boolean {
  return /^0+ 53 42 44 5f 53 42 44 5f\b/.test(od);
}

function isZero(od: string): boolean {
  const rows = od.split("\n").map((line) => line.replace(/^[0-9a-f]+\s*/, "").trim());
  // A device that ends before the first row has no room either.
  return rows.some((row) => row.startsWith("00")) && rows.every((row) => /^(\*?|(00 ?)+)$/.test(row));
}

/** What `sbd dump` prints; undefined where something of it is missing. */
export function parseSbdDump(text: string): SbdDeviceFact | undefined {
  const field = (name: string): string | undefined => {
    const line = text.split("\n").find((one) => one.startsWith(name));
    return line?.slice(line.indexOf(":") + 1).trim();
  };
  const uuid = field("UUID");
  const watchdogS = Number(field("Timeout (watchdog)"));
  const msgwaitS = Number(field("Timeout (msgwait)"));
  if (uuid === undefined || uuid === "" || !(watchdogS > 0) || !(msgwaitS > 0)) return undefined;
  return { kind: "sbd", uuid, watchdogS, msgwaitS };
}
