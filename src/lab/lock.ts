import { mkdirSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";
import { HavenError } from "../base/errors.ts";
import { tryFileLock } from "../base/file-lock.ts";
import { poll } from "../base/poll.ts";

export interface LockOptions {
  /** What is locked, for the error's text. */
  readonly what: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A lock that is held; the kernel lets go of it when the process ends, however it ends. */
export interface Lock {
  release(): void;
  /** Lets go and takes the file away. */
  remove(): void;
}

/**
 * Takes an flock(2) on a file, which is made if need be; waits while another holds it.
 *
 * @throws HavenError lab.busy when the time (default 60 s) is over, interrupted
 */
export async function lock(path: string, options: LockOptions): Promise<Lock> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const held = await poll(
    () => {
      mkdirSync(dirname(path), { recursive: true });
      return tryFileLock(path);
    },
    { timeoutMs, intervalMs: 25, ...(options.signal === undefined ? {} : { signal: options.signal }) },
  );
  if (held === undefined) throw new HavenError("lab.busy", { what: options.what, seconds: timeoutMs / 1000 });
  let isHeld = true;
  const release = (): void => {
    isHeld = false;
    held.release();
  };
  return {
    release,
    remove: () => {
      if (isHeld) unlinkSync(path);
      release();
    },
  };
}

/** Runs a function under a lock. */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const held = await lock(path, options);
  try {
    return await work();
  } finally {
    held.release();
  }
}
