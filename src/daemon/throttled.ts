import type { Clock } from "../base/clock.ts";

/**
 * A function that calls at once, and then at most once in a while; the last call of a burst is never lost, unless the
 * signal comes.
 */
export function throttled(
  call: () => void,
  {
    everyMs,
    clock,
    signal,
  }: { readonly everyMs: number; readonly clock: Clock; readonly signal: AbortSignal },
): () => void {
  let waiting = false;
  let again = false;
  const run = async (): Promise<void> => {
    waiting = true;
    do {
      again = false;
      call();
      await clock.sleep(everyMs, signal).catch(() => undefined);
    } while (again && !signal.aborted);
    waiting = false;
  };
  return () => {
    if (waiting) again = true;
    else void run();
  };
}
