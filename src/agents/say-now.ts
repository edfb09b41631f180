import { writeSync } from "node:fs";

/** A reader that takes nothing for so long is left without the rest. */
const patienceMs = 1000;

/**
 * Writes a text to standard output or standard error at once. An agent is called every few seconds: to make a stream of
 * a descriptor first takes longer than all that it says, and what was said has left when this returns. Never throws:
 * whoever does not listen any more still gets the exit code.
 */
export function sayNow(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  const until = performance.now() + patienceMs;
  let from = 0;
  while (from < bytes.length) {
    try {
      from += writeSync(descriptor, bytes, from);
    } catch (error) {
      // A pipe that somebody has set so as not to wait.
      const isFull = error instanceof Error && "code" in error && error.code === "EAGAIN";
      if (!isFull || performance.now() > until) return;
      Bun.sleepSync(5);
    }
  }
}
