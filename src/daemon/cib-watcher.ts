import type { Clock } from "../base/clock.ts";
import { printError } from "../base/errors.ts";
import { type Pipe, spawnPipe } from "../base/exec.ts";
import type { Log } from "../base/log.ts";
import { cibWatchSays, cibWatchWord } from "./cib-watch-words.ts";

export interface CibWatcherOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** The CIB has changed, or may have: also when the watch has begun anew. */
  readonly onChange: () => void;
  /** Nobody tells of changes any more, until the next `onChange`. */
  readonly onLost: () => void;
  /** Default: this executable's own. */
  readonly start?: () => Pipe;
}

const firstPauseMs = 500;
const longestPauseMs = 10_000;

/** Has a process listen for changes of the CIB, and starts it anew whenever it ends. Returns when the signal comes. */
export async function watchCib(options: CibWatcherOptions): Promise<void> {
  const { clock, log, signal, onChange, onLost } = options;
  const start = options.start ?? (() => spawnPipe([process.execPath, cibWatchWord]));
  let pauseMs = firstPauseMs;
  let told = "";
  while (!signal.aborted) {
    let why: string;
    try {
      const child = start();
      const stop = (): void => child.kill();
      signal.addEventListener("abort", stop, { once: true });
      try {
        for await (const bytes of child.output) {
          if (bytes.includes(cibWatchSays.listening.charCodeAt(0))) {
            if (told !== "") log.info("Pacemaker tells of changes again");
            told = "";
            pauseMs = firstPauseMs;
          }
          onChange();
        }
        why = (await child.ended).stderr || "it has ended";
      } finally {
        signal.removeEventListener("abort", stop);
        child.kill();
      }
    } catch (error) {
      why = printError(error);
    }
    if (signal.aborted) return;
    onLost();
    // Once for each reason: Pacemaker may be off for days.
    if (why !== told) log.warn(`No word of changes from Pacemaker: ${why}`);
    told = why;
    await clock.sleep(pauseMs, signal).catch(() => undefined);
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }
}
