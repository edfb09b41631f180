import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { hostname } from "node:os";
import { alertsFolder, eventsFolder } from "../base/event-folders.ts";
import { jsonOf } from "../base/json-of.ts";
import { eventFileName } from "../base/leave-event.ts";
import { eventLimits, readEvent } from "../contract/event.ts";
import type { EventStore, KeyedEvent } from "./event-store.ts";

/** A folder in which processes leave events. */
export interface SpoolFolder {
  readonly path: string;
  /** Which kinds are taken from there; all where it is undefined. */
  readonly kinds?: RegExp;
}

/** What Pacemaker's user may tell of: not of who has changed what, nor in a guest's name. */
const ofAlerts = /^(vm|node|fence|resource|history)\./;

const ownFolders: readonly SpoolFolder[] = [{ path: eventsFolder }, { path: alertsFolder, kinds: ofAlerts }];

/** Taken in as one. */
const batch = 500;
const mostBytes = eventLimits.dataBytes * 4;
/** A file that was begun and never became an event is left by a process that was killed. */
const abandonedMs = 60_000;

export interface Taken {
  readonly taken: number;
  /** Files that were no events: of a process that was killed, or of a power cut. */
  readonly refused: number;
}

/**
 * Moves what was left into the store, each event exactly once: it is deleted when it is certainly in the store, and the
 * store knows it again by its name.
 *
 * @throws Error of SQLite, and of the system where a folder that is there cannot be read
 */
export function takeSpooled(
  store: EventStore,
  folders: readonly SpoolFolder[] = ownFolders,
  now: number = Date.now(),
): Taken {
  let taken = 0;
  let refused = 0;
  for (const folder of folders) {
    const names = namesIn(folder.path, now);
    for (let at = 0; at < names.length; at += batch) {
      const part = names.slice(at, at + batch);
      const read = part.map((name) => ({ name, found: readEventFile(folder, name) }));
      taken += store.add(read.map(({ found }) => found).filter((found) => typeof found === "object"));
      refused += read.filter(({ found }) => found === "none").length;
      for (const { name, found } of read) if (found !== "later") remove(`${folder.path}/${name}`);
    }
  }
  if (refused > 0) {
    const text = `${refused} files were no events: what was being written when a process or the power ended`;
    store.record({ time: now, node: hostname(), kind: "history.dropped", text, data: { count: refused } });
  }
  return { taken, refused };
}

/** The names of events that wait, the oldest first. What was only begun, long ago, is taken away. */
function namesIn(path: string, now: number): readonly string[] {
  let all: readonly string[];
  try {
    all = readdirSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
  for (const name of all) {
    if (!/^\.[0-9a-f]{16}$/.test(name)) continue;
    const begun = statSync(`${path}/${name}`, { throwIfNoEntry: false })?.mtimeMs ?? now;
    if (now - begun > abandonedMs) remove(`${path}/${name}`);
  }
  return all.filter((name) => eventFileName.test(name)).sort();
}

/** The event of a file: `none` when it holds none, `later` when it cannot be read now, or was taken by another process. */
function readEventFile({ path, kinds }: SpoolFolder, name: string): KeyedEvent | "none" | "later" {
  const [, key = ""] = eventFileName.exec(name) ?? [];
  let file: number;
  try {
    // A folder of another user's: neither a link elsewhere nor a pipe that keeps this waiting.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    file = openSync(`${path}/${name}`, flags);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ELOOP" ? "none" : "later";
  }
  let text: string;
  try {
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.size > mostBytes) return "none";
    text = readFileSync(file, "utf8");
  } catch {
    return "later";
  } finally {
    closeSync(file);
  }
  const event = readEvent(jsonOf(text));
  return event === undefined || kinds?.test(event.kind) === false ? "none" : { key, event };
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Another process was quicker; or it cannot be deleted, and is known again the next time.
  }
}
