import type { Clock } from "../base/clock.ts";

/** Waits that somebody may end. A ring while nobody waits ends the next wait. */
export class Alarm {
  #rung = false;
  #waiting: AbortController | undefined;

  ring(): void {
    this.#rung = true;
    this.#waiting?.abort();
  }

  /** Returns after that many milliseconds, when it rings, or when the signal comes. */
  async wait(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
    if (!this.#rung) {
      this.#waiting = new AbortController();
      const either = AbortSignal.any([signal, this.#waiting.signal]);
      await clock.sleep(ms, either).catch(() => undefined);
      this.#waiting = undefined;
    }
    this.#rung = false;
  }
}
