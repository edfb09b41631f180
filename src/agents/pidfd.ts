import { closeSync } from "node:fs";

/**
 * A process held by a descriptor: unlike a number, it never comes to mean another process. Linux 5.3 and later.
 * Sources: pidfd_open(2), pidfd_send_signal(2), poll(2); the numbers are the same on all architectures.
 */
const sys = { pidfdSendSignal: 424, pidfdOpen: 434 } as const;
const pollIn = 1;

export interface PidFd {
  readonly pid: number;
  /** False when the process was gone already, or the kernel refused. */
  signal(number: number): boolean;
  /** True once the whole process, with all its threads, has ended. */
  ended(): boolean;
  close(): void;
}

interface C {
  syscall(number: number, a: number, b: number, c: number, d: number): number | bigint;
  poll(fds: Uint8Array, count: number, timeoutMs: number): number;
}

let libc: C | undefined;

async function load(): Promise<C> {
  if (libc !== undefined) return libc;
  const { dlopen, FFIType } = await import("bun:ffi");
  const long = FFIType.i64;
  const { symbols } = dlopen("libc.so.6", {
    syscall: { args: [long, long, long, long, long], returns: long },
    poll: { args: [FFIType.ptr, FFIType.u64, FFIType.i32], returns: FFIType.i32 },
  });
  libc = symbols as unknown as C;
  return libc;
}

/** Holds the process of that number; undefined when there is none. */
export async function openPidFd(pid: number): Promise<PidFd | undefined> {
  const c = await load();
  const fd = Number(c.syscall(sys.pidfdOpen, pid, 0, 0, 0));
  if (fd < 0) return undefined;
  return {
    pid,
    signal: (number) => Number(c.syscall(sys.pidfdSendSignal, fd, number, 0, 0)) === 0,
    ended: () => {
      // struct pollfd: int fd, short events, short revents.
      const entry = new DataView(new ArrayBuffer(8));
      entry.setInt32(0, fd, true);
      entry.setInt16(4, pollIn, true);
      return c.poll(new Uint8Array(entry.buffer), 1, 0) === 1 && (entry.getInt16(6, true) & pollIn) !== 0;
    },
    close: () => closeSync(fd),
  };
}
