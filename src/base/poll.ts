import { type Clock, systemClock } from "./clock.ts";

export interface PollOptions {
  readonly timeoutMs: number;
  /** Time between two tries, default 100 ms. */
  readonly intervalMs?: number;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

/**
 * Calls `probe` until it gives something other than undefined or false, and returns that; undefined when the
 * time is over. An error of the probe ends the polling.
 */
export async function poll<T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  options: PollOptions,
): Promise<T | undefined> {
  const clock = options.clock ?? systemClock;
  const end = clock.monotonic() + options.timeoutMs;
  for (;;) {
    const began = clock.monotonic();
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    const now = clock.monotonic();
    const left = end - now;
    if (left <= 0) return undefined;
    // What is asked is often what is waited for: it gets at least as much time for itself.
    await clock.sleep(Math.min(Math.max(options.intervalMs ?? 100, now - began), left), options.signal);
  }
}
