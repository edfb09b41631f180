import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { type EventKind, eventLimits, eventLine, type NewEvent } from "../contract/event.ts";
import { alertsFolder, eventsFolder, stateFolder } from "./event-folders.ts";

/** An event to be left: its time is now unless said. */
export type LeftEvent = Omit<NewEvent, "time" | "kind"> & {
  readonly kind: EventKind;
  readonly time?: number;
};

export interface LeaveOptions {
  /**
   * Wait until it is on the disk. Not for what must not wait for a disk: a resource agent that hangs in a stop has its
   * node fenced.
   */
  readonly durable?: boolean;
  /** Where; by default this user's folder. */
  readonly folder?: string;
  /** How many may wait there; the oldest are dropped, and counted. */
  readonly most?: number;
}

/** A file that holds an event; of one that tells of dropped ones the name has how many, so that none has to be read. */
export const eventFileName = /^(\d{15}-[0-9a-f]{16})(?:\.dropped-(\d{1,12}))?\.json$/;

const mostFiles = 5000;

/**
 * Leaves an event for the history of this node, whether or not a daemon runs: one file, which is there whole or not at
 * all. Never throws: what happens counts, not the tale of it.
 *
 * @returns whether it was left
 */
export function leaveEvent(event: LeftEvent, options: LeaveOptions = {}): boolean {
  try {
    const { folder = ownFolder(), most = mostFiles, durable = false } = options;
    const write = (): void => {
      makeRoom(folder, most, event.node);
      writeEvent(folder, event, { durable });
    };
    try {
      write();
    } catch (error) {
      if (!isMissing(error) || options.folder !== undefined) throw error;
      makeEventFolders();
      write();
    }
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes the folders in which events are left, where they are not there. Root's only.
 *
 * @throws Error of the system
 */
export function makeEventFolders(): void {
  mkdirSync(stateFolder, { recursive: true, mode: 0o711 });
  const { mode } = statSync(stateFolder);
  // Whoever made it first may have let nobody through.
  if ((mode & 0o011) !== 0o011) chmodSync(stateFolder, (mode & 0o7777) | 0o011);
  mkdirSync(eventsFolder, { recursive: true, mode: 0o700 });
  const owner = pacemakerUser();
  if (owner === undefined) return;
  mkdirSync(alertsFolder, { recursive: true, mode: 0o700 });
  if (statSync(alertsFolder).uid !== owner.uid) chownSync(alertsFolder, owner.uid, owner.gid);
}

/** @throws Error ENOENT for another user than root whose folder is not there */
function ownFolder(): string {
  return process.getuid?.() === 0 ? eventsFolder : alertsFolder;
}

/** hacluster, by which Pacemaker runs what need not be root. */
function pacemakerUser(): { readonly uid: number; readonly gid: number } | undefined {
  const [, uid, gid] = /^hacluster:[^:]*:(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8")) ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

interface WriteOptions {
  readonly durable: boolean;
  /** How many events it stands for. */
  readonly dropped?: number;
}

function writeEvent(folder: string, event: LeftEvent, { durable, dropped }: WriteOptions): void {
  const time = event.time ?? Date.now();
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("hex");
  const end = dropped === undefined ? "" : `.dropped-${dropped}`;
  const path = `${folder}/${String(time).padStart(15, "0")}-${random}${end}.json`;
  const temporary = `${folder}/.${random}`;
  const file = openSync(temporary, "wx", 0o600);
  try {
    writeSync(file, eventText({ ...event, time }));
    if (durable) fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  if (durable) flushFolder(folder);
}

function eventText(event: NewEvent): string {
  const { data, ...rest } = event;
  const line = { ...rest, text: eventLine(event.text) };
  const whole = JSON.stringify({ ...line, data });
  return whole.length <= eventLimits.dataBytes * 3 ? whole : JSON.stringify({ ...line, data: { cut: true } });
}

function flushFolder(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Drops the oldest tenth of a full folder. How many were dropped is an event itself, which sums up earlier ones. */
function makeRoom(folder: string, most: number, node: string): void {
  const names = readdirSync(folder).filter((name) => eventFileName.test(name));
  if (names.length < most) return;
  let dropped = 0;
  for (const name of names.sort().slice(0, names.length - most + Math.max(2, Math.ceil(most / 10)))) {
    try {
      unlinkSync(`${folder}/${name}`);
      dropped += Number(eventFileName.exec(name)?.[2] ?? 1);
    } catch {
      // It was taken in meanwhile.
    }
  }
  if (dropped === 0) return;
  const text = `${dropped} events were dropped: nobody took them into the history`;
  writeEvent(
    folder,
    { node, kind: "history.dropped", text, data: { count: dropped } },
    { durable: false, dropped },
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
