import type { Clock } from "../../base/clock.ts";
import { isHavenError } from "../../base/errors.ts";
import { version } from "../../base/version.ts";
import type { HavenEvent } from "../../contract/event.ts";
import type { StatusReport } from "../../contract/status-report.ts";
import type { ClusterAnswers } from "../cluster-answers.ts";
import type { Heartbeats } from "../heartbeats.ts";
import { ApiMetrics } from "./api-metrics.ts";
import { clusterSamples } from "./cluster-samples.ts";
import { EventMetrics } from "./event-metrics.ts";
import { exposition, type MetricSample } from "./exposition.ts";

export interface MetricsOptions {
  /** This node. */
  readonly node: string;
  readonly answers: Pick<ClusterAnswers, "report">;
  readonly heartbeats: Pick<Heartbeats, "ages">;
  /** The VMs that a node was known to run, and that were to run. */
  readonly ranOn: (node: string) => readonly string[];
  readonly clock: Pick<Clock, "now">;
}

/** What the daemon tells Prometheus: the cluster as it is, and what has happened on this node since it was started. */
export class Metrics {
  readonly #options: MetricsOptions;
  readonly #events: EventMetrics;
  readonly #startedAt: number;
  /** What was made of the last report. */
  #cluster: { readonly report: StatusReport; readonly samples: readonly MetricSample[] } | undefined;
  readonly api = new ApiMetrics();

  constructor(options: MetricsOptions) {
    this.#options = options;
    this.#events = new EventMetrics(options);
    this.#startedAt = options.clock.now();
  }

  /** Counts an event that the history has just taken in. */
  heard(event: HavenEvent): void {
    this.#events.heard(event);
  }

  /** All of it, in Prometheus' text format. Where Pacemaker does not answer, without the cluster's state. */
  async text(): Promise<string> {
    return exposition([
      ...this.#daemon(),
      ...(await this.#state()),
      ...this.#events.samples(),
      ...this.api.samples(),
    ]);
  }

  #daemon(): readonly MetricSample[] {
    const { user, system } = process.cpuUsage();
    return [
      { metric: "haven_build_info", labels: { version, node: this.#options.node }, value: 1 },
      { metric: "process_start_time_seconds", value: this.#startedAt / 1000 },
      { metric: "process_cpu_seconds_total", value: (user + system) / 1e6 },
      { metric: "process_resident_memory_bytes", value: process.memoryUsage.rss() },
    ];
  }

  async #state(): Promise<readonly MetricSample[]> {
    const { answers, node } = this.#options;
    try {
      const { report, ageMs } = await answers.report();
      const here = new Set(report.vms.filter(({ nodes }) => nodes.includes(node)).map(({ name }) => name));
      this.#events.recoveryTimes.runElsewhere(
        report.vms.filter(({ name, nodes }) => nodes.length > 0 && !here.has(name)).map(({ name }) => name),
      );
      return [
        { metric: "haven_pacemaker_up", value: 1 },
        { metric: "haven_cluster_state_age_seconds", value: ageMs / 1000 },
        ...this.#samplesOf(report),
        ...this.#heartbeats(here),
      ];
    } catch (error) {
      if (!isHavenError(error)) throw error;
      return [{ metric: "haven_pacemaker_up", value: 0 }];
    }
  }

  /** Each report is made into samples once. */
  #samplesOf(report: StatusReport): readonly MetricSample[] {
    if (this.#cluster?.report !== report) this.#cluster = { report, samples: clusterSamples(report) };
    return this.#cluster.samples;
  }

  /** Of guests that have left, the age would grow for ever. */
  #heartbeats(here: ReadonlySet<string>): readonly MetricSample[] {
    return [...this.#options.heartbeats.ages()].flatMap(([vm, ms]): readonly MetricSample[] =>
      here.has(vm) ? [{ metric: "haven_guest_heartbeat_age_seconds", labels: { vm }, value: ms / 1000 }] : [],
    );
  }
}
