import { dlopen, FFIType } from "bun:ffi";
import { closeSync, fstatSync, mkdirSync, openSync, statSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";
import { HavenError } from "../base/errors.ts";
import { poll } from "../base/poll.ts";

const exclusive = 2;
const nonBlocking = 4;
let libc: ReturnType<typeof openLibc> | undefined;

function openLibc() {
  return dlopen("libc.so.6", { flock: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 } });
}

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
  libc ??= openLibc();
  const { flock } = libc.symbols;
  const timeoutMs = options.timeoutMs ?? 60_000;
  const fd = await poll(
    () => {
      mkdirSync(dirname(path), { recursive: true });
      const opened = openSync(path, "a", 0o600);
      // Whoever held it before may have taken the file away: a lock on that one protects nothing.
      if (flock(opened, exclusive | nonBlocking) === 0 && isStill(path, opened)) return { opened };
      closeSync(opened);
      return undefined;
    },
    { timeoutMs, intervalMs: 25, ...(options.signal === undefined ? {} : { signal: options.signal }) },
  );
  if (fd === undefined) throw new HavenError("lab.busy", { what: options.what, seconds: timeoutMs / 1000 });
  let held = true;
  const release = (): void => {
    if (held) closeSync(fd.opened);
    held = false;
  };
  return {
    release,
    remove: () => {
      if (held) unlinkSync(path);
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

function isStill(path: string, fd: number): boolean {
  const now = statSync(path, { throwIfNoEntry: false });
  return now !== undefined && now.ino === fstatSync(fd).ino;
}
