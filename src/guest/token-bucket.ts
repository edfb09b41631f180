import type { Clock } from "../base/clock.ts";

/** How much is allowed: `burst` at once, and after that `perSecond`. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Limits how often something happens: a bucket of `burst` tokens that fills again with `perSecond`. */
export class TokenBucket {
  readonly #rate: Rate;
  readonly #clock: Pick<Clock, "monotonic">;
  #tokens: number;
  #at: number;

  constructor(rate: Rate, clock: Pick<Clock, "monotonic">) {
    this.#rate = rate;
    this.#clock = clock;
    this.#tokens = rate.burst;
    this.#at = clock.monotonic();
  }

  /** Takes one token; false when there is none. */
  take(): boolean {
    this.#fill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /**
   * Takes tokens for what has happened already, also those that are not there.
   *
   * @returns milliseconds until the bucket is out of debt, 0 when it has none
   */
  spend(count: number): number {
    this.#fill();
    this.#tokens -= count;
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens * 1000) / this.#rate.perSecond);
  }

  #fill(): void {
    const now = this.#clock.monotonic();
    const passed = Math.max(0, now - this.#at) / 1000;
    this.#at = now;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + passed * this.#rate.perSecond);
  }
}
