import type { Clock } from "../base/clock.ts";

/** When each guest of this node has said last that it is alive. */
export class Heartbeats {
  /** By VM, on the monotonic clock. */
  readonly #heard = new Map<string, number>();

  constructor(private readonly clock: Pick<Clock, "monotonic">) {}

  heard(vm: string): void {
    this.#heard.set(vm, this.clock.monotonic());
  }

  /** Its run on this node has ended: what was heard does not count for the next one. */
  ended(vm: string): void {
    this.#heard.delete(vm);
  }

  /** Milliseconds since each guest's last heartbeat, of those that have sent one in this run. */
  ages(): ReadonlyMap<string, number> {
    const now = this.clock.monotonic();
    return new Map([...this.#heard].map(([vm, at]) => [vm, now - at]));
  }
}
