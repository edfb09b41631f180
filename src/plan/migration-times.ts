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

/** A migration that has never been measured is thought to go at so many MiB per second, after so many seconds. */
const assumed = { mibPerSecond: 100, overhead: 2 };
/** So many of the latest count: a VM and its network change. */
const latestCount = 5;

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

  /** @param memory The VM's, MiB. @param bandwidth What its migration is held to, MiB per second */
  of(vm: string, memory: number, bandwidth?: number): EstimatedTime {
    const own = this.#own.get(vm);
    if (own !== undefined) return { seconds: own, basis: "own" };
    const least = bandwidth === undefined || bandwidth <= 0 ? 0 : memory / bandwidth;
    if (this.#perMib !== undefined) {
      return { seconds: Math.max(least, this.#overhead + this.#perMib * memory), basis: "others" };
    }
    return { seconds: Math.max(least, memory / assumed.mibPerSecond) + assumed.overhead, basis: "size" };
  }
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}
