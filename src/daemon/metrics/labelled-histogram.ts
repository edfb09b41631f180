import type { MetricLabels, MetricSample } from "./exposition.ts";
import type { MetricName } from "./metric-table.ts";

/** Seconds: from the quickest stop to the longest migration that Haven's defaults allow. */
const bounds = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 180, 300, 600] as const;

interface Observed {
  readonly labels: MetricLabels;
  /** How many were at most as long as each bound, and longer than the one before. */
  readonly counts: number[];
  count: number;
  sum: number;
}

/** A histogram of durations for each combination of labels. */
export class LabelledHistogram {
  readonly #observed = new Map<string, Observed>();

  /** @param known Combinations that are told before anything was observed, see `LabelledCounter` */
  constructor(
    private readonly metric: MetricName,
    known: readonly MetricLabels[] = [],
  ) {
    for (const labels of known) this.#of(labels);
  }

  /** @param labels Of few values each, in the order in which the table of metrics has them */
  observe(labels: MetricLabels, seconds: number): void {
    const own = this.#of(labels);
    const place = bounds.findIndex((bound) => seconds <= bound);
    if (place !== -1) own.counts[place] = (own.counts[place] ?? 0) + 1;
    own.count++;
    own.sum += seconds;
  }

  #of(labels: MetricLabels): Observed {
    const key = JSON.stringify(labels);
    const own = this.#observed.get(key) ?? { labels, counts: bounds.map(() => 0), count: 0, sum: 0 };
    this.#observed.set(key, own);
    return own;
  }

  samples(): readonly MetricSample[] {
    const { metric } = this;
    return [...this.#observed.values()].flatMap(({ labels, counts, count, sum }): MetricSample[] => {
      let upTo = 0;
      const buckets = bounds.map((bound, place): MetricSample => {
        upTo += counts[place] ?? 0;
        return { metric, part: "bucket", labels: { ...labels, le: String(bound) }, value: upTo };
      });
      const all: MetricSample = { metric, part: "bucket", labels: { ...labels, le: "+Inf" }, value: count };
      return [
        ...buckets,
        all,
        { metric, part: "sum", labels, value: sum },
        { metric, part: "count", labels, value: count },
      ];
    });
  }
}
