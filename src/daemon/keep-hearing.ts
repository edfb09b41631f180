import type { Clock } from "../base/clock.ts";
import { printError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";

export interface HearingOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Milliseconds before the second try; doubled with each that fails, up to the other. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** What is logged, once for each reason, when nothing is heard. */
  readonly lost: (why: string) => string;
  /** What is logged when it is heard again. */
  readonly found: string;
  /** Called each time when it has ended, unless that was wanted. */
  readonly onLost?: () => void;
  /** Listens until it ends, and says why; calls `heard` when it listens indeed. What it throws is a reason as well. */
  readonly listen: (heard: () => void) => Promise<string>;
}

/** Listens again and again, after longer and longer pauses while it fails. Returns when the signal comes. */
export async function keepHearing(options: HearingOptions): Promise<void> {
  const { clock, log, signal, firstPauseMs, longestPauseMs, lost, found, onLost, listen } = options;
  let pauseMs = firstPauseMs;
  let told = "";
  const heard = (): void => {
    if (told !== "") log.info(found);
    told = "";
    pauseMs = firstPauseMs;
  };
  while (!signal.aborted) {
    const why = await listen(heard).catch(printError);
    if (signal.aborted) return;
    onLost?.();
    // Once for each reason: what is not there may be off for days.
    if (why !== told) log.warn(lost(why));
    told = why;
    await clock.sleep(pauseMs, signal).catch(() => undefined);
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }
}
