/** A migration that has taken place. */
export interface PastMigration {
  readonly vm: string;
  /** MiB; what the VM has now, where it is not known what it had. */
  readonly memory: number;
  readonly seconds: number;
}

export interface EstimatedTime {
  readonly seconds: number;
  /** `own`: its own migrations; `others`: those of other VMs, by size; `size`: nothing was measured yet. */
  readonly basis: "own" | "others" | "size";
}

/** What is known of a VM whose migration was never measured. */
export interface MigrationFacts {
  /** MiB. */
  readonly memory: number;
  /** What its migration is held to, MiB per second. */
  readonly bandwidth?: number | undefined;
  /** What its guest writes to its memory, MiB per second. */
  readonly dirtyRate?: number | undefined;
}

/** A migration that has never been measured is thought to go at so many MiB per second, after so many seconds. */
const assumed = { mibPerSecond: 100, overhead: 2 };
/** So many of the latest count: a VM and its network change. */
const latestCount = 5;

/** A guest that writes faster than it is sent is slowed until so much of the speed is left to get ahead. */
const leastGain = 0.2;

/** How long VMs take to migrate, from what has been measured: medians, since one slow day says little of the next. */
export class MigrationTimes {
  readonly #own = new Map<string, number>();
  readonly #perMib: number | undefined;
  readonly #overhead: number;

  /** @param past The latest last */
  constructor(past: readonly PastMigration[]) {
    for (const [vm, all] of Map.groupBy(past, (one) => one.vm)) {
      const seconds = median(all.slice(-latestCount).map((one) => one.seconds));
      if (seconds !== undefined) this.#own.set(vm, seconds);
    }
    // Every migration costs something that has nothing to do with its size: the quickest shows how much at the most.
    this.#overhead =
      past.reduce((least, { seconds }) => Math.min(least, seconds), Number.POSITIVE_INFINITY) / 2;
    this.#perMib = median(
      past.map(({ memory, seconds }) => (seconds - this.#overhead) / Math.max(1, memory)),
    );
  }

  of(vm: string, { memory, bandwidth, dirtyRate = 0 }: MigrationFacts): EstimatedTime {
    const own = this.#own.get(vm);
    if (own !== undefined) return { seconds: own, basis: "own" };
    const perMib = this.#perMib ?? 1 / assumed.mibPerSecond;
    const speed = Math.min(
      perMib > 0 ? 1 / perMib : Number.POSITIVE_INFINITY,
      bandwidth ?? Number.POSITIVE_INFINITY,
    );
    // What the guest writes meanwhile is sent again; where that is too much, auto-converge slows the guest.
    const gain = Math.max(speed - dirtyRate, speed * leastGain);
    const overhead = this.#perMib === undefined ? assumed.overhead : this.#overhead;
    return { seconds: overhead + memory / gain, basis: this.#perMib === undefined ? "size" : "others" };
  }
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}
