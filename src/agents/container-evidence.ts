import { readlinkSync } from "node:fs";
import { type ProcEntry, readStrings } from "./proc.ts";
import { type Notes, type Owners, readOwners } from "./process-owner.ts";
import { after, type FoundProcess, factsOf, inTime, readProcStatus, type Scan } from "./process-scan.ts";
import { commandLine, hasEnded } from "./process-words.ts";

/**
 * What runs a container of libvirt's: its controller, which knows the name only, and its first process, to which
 * libvirt gave the UUID. All that a container's guest has started itself proves nothing.
 */
export async function containerEvidence(
  table: readonly ProcEntry[],
  controllers: readonly ProcEntry[],
  notes: Notes,
  scan: Scan,
): Promise<readonly (FoundProcess | undefined)[]> {
  const firsts = scan.query.uuid === undefined ? [] : firstProcesses(table, scan.root);
  const owners = await readOwners([...controllers, ...firsts], notes, scan);
  const known = new Map<number, Controller>();
  await Promise.all(
    controllers.map(async (entry) => {
      const words = owners.isAnothers(entry) ? undefined : await commandLine(entry, scan);
      known.set(entry.pid, { words, noted: owners.notedUuid(entry) });
    }),
  );
  const inside = await Promise.all(
    firsts.map((entry) => firstOf(entry, known.get(entry.parent), owners, scan)),
  );
  const withOurs = new Set(
    firsts.filter((_, index) => inside[index] !== undefined).map((entry) => entry.parent),
  );
  const outside = controllers.map((entry) => {
    const controller = known.get(entry.pid) ?? { words: undefined, noted: undefined };
    return controllerOf(entry, controller, withOurs.has(entry.pid), owners, scan);
  });
  return [...outside, ...inside];
}

/** What is known of a container's controller. */
interface Controller {
  /** Its command line, undefined when it does not show it. */
  readonly words: readonly string[] | undefined;
  /** The UUID that libvirt has noted for it. */
  readonly noted: string | undefined;
}

function hasName(controller: Controller, { query }: Scan): boolean {
  const name = after(controller.words ?? [], "--name");
  return name !== undefined && (name === query.name || name === query.formerName);
}

/** The controller is certainly ours where its container's first process or libvirt's own note has our UUID. */
function controllerOf(
  entry: ProcEntry,
  controller: Controller,
  hasOurs: boolean,
  owners: Owners,
  scan: Scan,
): FoundProcess | undefined {
  const { uuid } = scan.query;
  const { words, noted } = controller;
  if (uuid !== undefined && (noted === uuid || (noted === undefined && hasOurs)))
    return { ...factsOf(entry), by: "uuid", uuid, incoming: false };
  const named = hasName(controller, scan);
  const silent = words === undefined && owners.mayBelong(entry);
  const unknown = silent || (named && uuid !== undefined && noted === undefined);
  if (unknown && !hasEnded(entry, scan.root))
    scan.doubts.push(`process ${entry.pid} (${entry.comm}, state ${entry.state}) does not say whose it is`);
  return named ? { ...factsOf(entry), by: "name", uuid: noted, incoming: false } : undefined;
}

/**
 * First processes of PID namespaces directly below this one. One further inside was made by a guest, with whatever
 * environment it likes.
 */
function firstProcesses(table: readonly ProcEntry[], root: string): readonly ProcEntry[] {
  const own = namespaceOf(root, "self");
  return table.filter((entry) => {
    const its = namespaceOf(root, String(entry.pid));
    if (its !== undefined && its === own) return false;
    const numbers = readProcStatus(root, entry.pid).numbers;
    return numbers?.length === 2 && numbers[1] === 1;
  });
}

/** What libvirt has noted of its controller counts more than an environment, which the guest can change. */
async function firstOf(
  entry: ProcEntry,
  controller: Controller | undefined,
  owners: Owners,
  scan: Scan,
): Promise<FoundProcess | undefined> {
  const { uuid } = scan.query;
  if (controller?.noted !== undefined && controller.noted !== uuid) return undefined;
  const variables = await inTime(`${scan.root}/${entry.pid}/environ`, scan.until, readStrings);
  const isEnding = variables?.length === 0 && !readProcStatus(scan.root, entry.pid).hasMemory;
  if (variables === undefined || isEnding) {
    const anothers = controller?.words !== undefined && !hasName(controller, scan);
    if (!anothers && !hasEnded(entry, scan.root) && owners.mayBelong(entry))
      scan.doubts.push(`process ${entry.pid} (${entry.comm}) of a container does not say whose it is`);
    return undefined;
  }
  const owner = variables.find((text) => text.startsWith("LIBVIRT_LXC_UUID="))?.slice(17);
  if (owner?.toLowerCase() !== uuid) return undefined;
  return { ...factsOf(entry), by: "uuid", uuid, incoming: false };
}

function namespaceOf(root: string, pid: string): string | undefined {
  try {
    return readlinkSync(`${root}/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}
