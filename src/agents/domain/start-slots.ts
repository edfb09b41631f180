import { mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { type Clock, systemClock } from "../../base/clock.ts";
import { type FileLock, tryFileLock } from "../../base/file-lock.ts";

/** The place of a VM that starts on this node, among those that start at the same time. */
export interface StartSlot {
  /** Gives it back; for so long nobody else gets it yet. */
  release(pauseMs: number): void;
}

export interface StartSlotOptions {
  readonly folder: string;
  /** How many there are. */
  readonly atOnce: number;
  /** Of those that wait the highest is next. */
  readonly priority: number;
  /** How long to wait at the most. */
  readonly waitMs: number;
  /** Whether whoever wanted the start is still there. */
  readonly isWanted?: () => boolean;
  readonly clock?: Clock;
}

const lookEveryMs = 200;
/** No pause is longer than the settings allow: what says so was not written by an agent. */
const longestPauseMs = 24 * 3_600_000;

/**
 * Waits for a place among the VMs that start on this node at the same time. A place is a file that its holder has locked
 * (flock): when the agent is killed, the kernel frees it. Who waits is a file, too, and its lock says that it still does.
 * The order is that of priority, then of arrival.
 *
 * @returns undefined where the time is over: the start is to go on without one, since it has a time of its own
 */
export async function takeStartSlot(options: StartSlotOptions): Promise<StartSlot | undefined> {
  const { folder, waitMs, isWanted = () => true, clock = systemClock } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const end = clock.monotonic() + waitMs;
  let turn: Turn | undefined;
  try {
    for (;;) {
      // What is not looked at by one at a time could be taken by two, or by the wrong one.
      const alone = await tryFileLock(`${folder}/look`);
      if (alone !== undefined) {
        try {
          turn ??= await queue(folder, options.priority);
          const slot = await lookOnce(folder, options.atOnce, turn.name);
          if (slot !== undefined) return slot;
        } finally {
          alone.release();
        }
      }
      const left = end - clock.monotonic();
      if (left <= 0 || !isWanted()) return undefined;
      await clock.sleep(Math.min(left, alone === undefined ? 10 : lookEveryMs));
    }
  } finally {
    turn?.leave();
  }
}

interface Turn {
  readonly name: string;
  leave(): void;
}

/** The name sorts by priority, the highest first, and then by the time since the node was booted. */
async function queue(folder: string, priority: number): Promise<Turn> {
  const rank = String(9_999_999 - Math.min(Math.max(Math.trunc(priority), 0), 9_999_999)).padStart(7, "0");
  const name = `wait-${rank}-${String(Math.round(uptimeMs())).padStart(15, "0")}-${process.pid}`;
  const path = `${folder}/${name}`;
  const held = await tryFileLock(path);
  return {
    name,
    leave: () => {
      if (held === undefined) return;
      takeAway(path);
      held.release();
    },
  };
}

/** A free place, where no more wait in front than there are free ones. */
async function lookOnce(folder: string, atOnce: number, own: string): Promise<StartSlot | undefined> {
  const ahead = await waitingBefore(folder, own);
  const free: FileLock[] = [];
  try {
    for (let i = 0; i < atOnce; i++) {
      const slot = await tryFileLock(`${folder}/slot-${i}`);
      if (slot === undefined) continue;
      if (isPaused(slot)) slot.release();
      else free.push(slot);
    }
    const mine = free.length > ahead ? free.pop() : undefined;
    return mine === undefined ? undefined : slotOf(mine);
  } finally {
    for (const slot of free) slot.release();
  }
}

async function waitingBefore(folder: string, own: string): Promise<number> {
  let ahead = 0;
  for (const name of readdirSync(folder).filter((one) => one.startsWith("wait-") && one < own)) {
    const path = `${folder}/${name}`;
    const orphan = await tryFileLock(path);
    if (orphan === undefined) ahead++;
    else {
      takeAway(path);
      orphan.release();
    }
  }
  return ahead;
}

function slotOf(held: FileLock): StartSlot {
  writeFileSync(pathOf(held), "");
  return {
    release(pauseMs) {
      writeFileSync(pathOf(held), pauseMs > 0 ? String(Math.round(uptimeMs() + pauseMs)) : "");
      held.release();
    },
  };
}

function isPaused(held: FileLock): boolean {
  const until = Number(readFileSync(pathOf(held), "latin1"));
  const left = until - uptimeMs();
  return left > 0 && left <= longestPauseMs;
}

/** The file that is held, whatever has its name. */
function pathOf({ fd }: FileLock): string {
  return `/proc/self/fd/${fd}`;
}

function takeAway(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is gone, which is what was wanted.
  }
}

/** Milliseconds since the kernel was booted, the same for all processes. */
function uptimeMs(): number {
  return Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) * 1000;
}
