import { type MetricDefinition, type MetricName, metricTable } from "./metric-table.ts";

export type MetricLabels = Readonly<Record<string, string>>;

/** One value of a metric. */
export interface MetricSample {
  readonly metric: MetricName;
  readonly labels?: MetricLabels;
  readonly value: number;
  /** Of a histogram's values: which of them it is. */
  readonly part?: "bucket" | "sum" | "count";
}

/** What is sent with it. */
export const expositionType = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Samples in Prometheus' text format, each metric with its HELP and TYPE, in the table's order; a metric without samples
 * is left out. Of two samples of one series the first counts: two resources may be called alike when their prefix is left
 * out. Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function exposition(samples: readonly MetricSample[]): string {
  const metrics = new Map<MetricName, Map<string, number>>();
  for (const sample of samples) {
    let own = metrics.get(sample.metric);
    if (own === undefined) {
      own = new Map();
      metrics.set(sample.metric, own);
    }
    const series = seriesOf(sample);
    if (!own.has(series)) own.set(series, sample.value);
  }
  const texts = Object.entries<MetricDefinition>(metricTable).flatMap(([name, { help, type }]) => {
    const own = metrics.get(name as MetricName);
    if (own === undefined) return [];
    const lines = [...own].map(([series, value]) => `${series} ${numberText(value)}\n`);
    return [`# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${lines.join("")}`];
  });
  return texts.join("");
}

function seriesOf({ metric, labels = {}, part }: MetricSample): string {
  const pairs = Object.entries(labels).map(([name, text]) => `${name}="${escapeLabel(text)}"`);
  const name = part === undefined ? metric : `${metric}_${part}`;
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return /[\\"\n]/.test(text) ? escapeHelp(text).replaceAll('"', '\\"') : text;
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}
