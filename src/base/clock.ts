import { HavenError } from "./errors.ts";

/** Time, so that tests can make it pass. */
export interface Clock {
  /** Milliseconds since 1970, wall clock: for records only, it can jump. */
  now(): number;
  /** Milliseconds on a clock that never jumps: for deadlines and durations. */
  monotonic(): number;
  /** Resolves after that many milliseconds. @throws HavenError interrupted when aborted */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(new HavenError("interrupted"));
        return;
      }
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(new HavenError("interrupted"));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, ms);
      signal?.addEventListener("abort", onAbort, { once: true });
    }),
};
