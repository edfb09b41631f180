import type { MetricLabels, MetricSample } from "./exposition.ts";
import type { MetricName } from "./metric-table.ts";

/** A counter for each combination of labels. It begins at nothing with the daemon, as Prometheus expects of counters. */
export class LabelledCounter {
  readonly #counts = new Map<string, { readonly labels: MetricLabels; value: number }>();

  /**
   * @param known Combinations that are told as 0 before anything was counted: of a series that begins with its first
   * event Prometheus does not see that event
   */
  constructor(
    private readonly metric: MetricName,
    known: readonly MetricLabels[] = [],
  ) {
    for (const labels of known) this.#counts.set(JSON.stringify(labels), { labels, value: 0 });
  }

  /** @param labels Of few values each, in the order in which the table of metrics has them */
  add(labels: MetricLabels): void {
    const key = JSON.stringify(labels);
    const count = this.#counts.get(key);
    if (count === undefined) this.#counts.set(key, { labels, value: 1 });
    else count.value++;
  }

  samples(): readonly MetricSample[] {
    return [...this.#counts.values()].map(({ labels, value }) => ({ metric: this.metric, labels, value }));
  }
}
