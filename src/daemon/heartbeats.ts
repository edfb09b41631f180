import type { Clock } from "../base/clock.ts";

interface Heard {
  /** When the last heartbeat came, on the monotonic clock. */
  at: number;
  /** From when on silence counts: from the last heartbeat, or later where the guest could not have spoken. */
  from: number;
  /** This silence was told of. */
  told: boolean;
}

/** A guest that has said nothing since some time. */
export interface Silence {
  readonly vm: string;
  /** Milliseconds in which it could have spoken. */
  readonly ms: number;
  readonly told: boolean;
}

/** When each guest of this node has said last that it is alive, of those that have said so in this run. */
export class Heartbeats {
  readonly #heard = new Map<string, Heard>();

  constructor(private readonly clock: Pick<Clock, "monotonic">) {}

  heard(vm: string): void {
    const now = this.clock.monotonic();
    this.#heard.set(vm, { at: now, from: now, told: false });
  }

  /** Its run on this node has ended: what was heard does not count for the next one. */
  ended(vm: string): void {
    this.#heard.delete(vm);
  }

  /** The guest could not speak until now, or nobody could have heard it; all of them unless one is named. */
  excuse(vm?: string): void {
    const now = this.clock.monotonic();
    for (const [name, heard] of this.#heard) if (vm === undefined || name === vm) heard.from = now;
  }

  /** Its silence was told of; once is enough. */
  toldOf(vm: string): void {
    const heard = this.#heard.get(vm);
    if (heard !== undefined) heard.told = true;
  }

  /** Milliseconds since each guest's last heartbeat. */
  ages(): ReadonlyMap<string, number> {
    const now = this.clock.monotonic();
    return new Map([...this.#heard].map(([vm, { at }]) => [vm, now - at]));
  }

  /** How long each guest has been silent, though it could have spoken. */
  silences(): readonly Silence[] {
    const now = this.clock.monotonic();
    return [...this.#heard].map(([vm, { from, told }]) => ({ vm, ms: now - from, told }));
  }
}
