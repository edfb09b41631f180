import { HavenError } from "../base/errors.ts";

/** A connection that carries bytes. */
export interface Transport {
  /** Sends; what the kernel does not take at once is copied and sent later. */
  send(bytes: Uint8Array): void;
  /** Bytes that wait for the kernel. */
  readonly queued: number;
  /** Stops reading, or goes on: what the other side sends then waits there. */
  hold(isHeld: boolean): void;
  /** Closes at once. `onClose` is not called. */
  close(): void;
}

/** What a transport tells its user. */
export interface TransportEvents {
  onData(chunk: Uint8Array): void;
  /** All that waited was sent. */
  onDrain(): void;
  /** The connection is gone, not by `close`. Called once. */
  onClose(why: string): void;
}

/** The error for a connection that could not be made. */
export function unreachable(uri: string, why: string, hint?: string): HavenError {
  return new HavenError("libvirt.unreachable", { where: uri, why, hint });
}

/** Runs `open` until it is done, the time is over or the signal comes; then `giveUp` cleans up. */
export function withDeadline<T>(
  uri: string,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  open: (done: (value: T) => void, fail: (error: Error) => void) => void,
  giveUp: () => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const { signal, timeoutMs } = options;
    if (signal?.aborted) {
      reject(new HavenError("interrupted"));
      return;
    }
    let settled = false;
    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      return true;
    };
    const fail = (error: Error): void => {
      if (!settle()) return;
      giveUp();
      reject(error);
    };
    const onAbort = (): void => fail(new HavenError("interrupted"));
    const timer = setTimeout(
      () => fail(unreachable(uri, `no answer within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    signal?.addEventListener("abort", onAbort, { once: true });
    open((value) => {
      if (settle()) resolve(value);
    }, fail);
  });
}
