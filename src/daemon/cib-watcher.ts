import type { Clock } from "../base/clock.ts";
import { type Pipe, spawnPipe } from "../base/exec.ts";
import type { Log } from "../base/log.ts";
import { cibWatchSays, cibWatchWord } from "./cib-watch-words.ts";
import { keepHearing } from "./keep-hearing.ts";

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

/** Has a process listen for changes of the CIB, and starts it anew whenever it ends. Returns when the signal comes. */
export async function watchCib(options: CibWatcherOptions): Promise<void> {
  const { clock, log, signal, onChange, onLost } = options;
  const start = options.start ?? (() => spawnPipe([process.execPath, cibWatchWord]));
  await keepHearing({
    ...{ clock, log, signal, onLost, firstPauseMs: 500, longestPauseMs: 10_000 },
    lost: (why) => `No word of changes from Pacemaker: ${why}`,
    found: "Pacemaker tells of changes again",
    async listen(heard) {
      const child = start();
      const stop = (): void => child.kill();
      signal.addEventListener("abort", stop, { once: true });
      try {
        for await (const bytes of child.output) {
          if (bytes.includes(cibWatchSays.listening.charCodeAt(0))) heard();
          onChange();
        }
        return (await child.ended).stderr || "it has ended";
      } finally {
        signal.removeEventListener("abort", stop);
        child.kill();
      }
    },
  });
}
