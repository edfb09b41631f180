import { type Clock, systemClock } from "../../base/clock.ts";

/**
 * The time an action has. Pacemaker ends an agent without a warning when its timeout is over, and its word then
 * is "failed": the agent keeps a deadline of its own, a little before.
 */
export class Deadline {
  readonly clock: Clock;
  /** What Pacemaker allows, milliseconds. */
  readonly totalMs: number;
  private readonly started: number;

  /** @param usedMs Time that had passed when the agent began to count */
  constructor(totalMs: number, usedMs = 0, clock: Clock = systemClock) {
    this.clock = clock;
    this.totalMs = totalMs;
    this.started = clock.monotonic() - usedMs;
  }

  /** Milliseconds since Pacemaker called. */
  get passed(): number {
    return this.clock.monotonic() - this.started;
  }

  /** Milliseconds until the agent's own deadline: a tenth of the timeout before it, 1 to 5 s. */
  get left(): number {
    const reserve = Math.min(5000, Math.max(1000, this.totalMs / 10), this.totalMs / 2);
    return Math.max(0, this.totalMs - reserve - this.passed);
  }

  /** At most that share of the whole timeout, at most `maxMs`, and never more than is left; at least 1 ms. */
  share(fraction: number, maxMs = Number.POSITIVE_INFINITY): number {
    return Math.max(1, Math.min(this.totalMs * fraction, maxMs, this.left));
  }

  /** Waits, no longer than is left. */
  async pause(ms: number): Promise<void> {
    await this.clock.sleep(Math.max(1, Math.min(ms, this.left)));
  }

  /** True when there is no time left. */
  get over(): boolean {
    return this.left <= 0;
  }
}
