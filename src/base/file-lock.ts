import { closeSync, fstatSync, openSync, statSync } from "node:fs";

// flock(2): the numbers are the same on all architectures of Linux.
const exclusive = 2;
const nonBlocking = 4;

let flock: ((fd: number, operation: number) => number) | undefined;

async function load(): Promise<(fd: number, operation: number) => number> {
  if (flock !== undefined) return flock;
  const { dlopen, FFIType } = await import("bun:ffi");
  const { symbols } = dlopen("libc.so.6", {
    flock: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  });
  flock = symbols.flock;
  return flock;
}

/** A file that this process has locked; the kernel lets go of it when the process ends, however it ends. */
export interface FileLock {
  readonly fd: number;
  release(): void;
}

/**
 * Takes an flock(2) on a file, which is made if need be, without waiting.
 *
 * @returns undefined where another process, or another lock of this one, holds it, or the file was taken away meanwhile
 */
export async function tryFileLock(path: string): Promise<FileLock | undefined> {
  const call = await load();
  // Not inherited: a program that was started meanwhile does not keep it.
  const fd = openSync(path, "a+", 0o600);
  // Whoever held it before may have taken the file away: a lock on that one protects nothing.
  if (call(fd, exclusive | nonBlocking) !== 0 || !isStill(path, fd)) {
    closeSync(fd);
    return undefined;
  }
  let held = true;
  const release = (): void => {
    if (held) closeSync(fd);
    held = false;
  };
  return { fd, release };
}

function isStill(path: string, fd: number): boolean {
  try {
    const [there, here] = [statSync(path), fstatSync(fd)];
    return there.ino === here.ino && there.dev === here.dev;
  } catch {
    return false;
  }
}
