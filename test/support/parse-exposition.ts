export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ParsedFamily {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ParsedSample[];
}

interface OpenFamily {
  type: string | undefined;
  readonly help: string;
  readonly samples: ParsedSample[];
}

const namePattern = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelPattern = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const numberPattern = /^(NaN|[+-]Inf|[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?)$/;

/**
 * Reads Prometheus' text format (version 0.0.4) as strictly as the strictest that read it: each metric with HELP and TYPE
 * before its samples and all of them together, nothing twice, histograms whole, and names as promtool's lint wants them.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 *
 * @throws Error with the line
 */
export function parseExposition(text: string): ReadonlyMap<string, ParsedFamily> {
  if (!text.endsWith("\n")) throw new Error("The last line has no end");
  const families = new Map<string, OpenFamily>();
  const seen = new Set<string>();
  let current = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const fail = (why: string): Error => new Error(`${why}: ${JSON.stringify(line)}`);
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment !== null) {
      const [, word, name = "", rest = ""] = comment;
      if (!namePattern.test(name)) throw fail("No name");
      const family = families.get(name);
      if (word === "HELP") {
        if (family !== undefined) throw fail("Told of twice");
        families.set(name, { type: undefined, help: unescaped(rest, fail), samples: [] });
        current = name;
      } else {
        if (family === undefined || name !== current) throw fail("TYPE without HELP before it");
        if (family.type !== undefined || family.samples.length > 0) throw fail("TYPE too late");
        if (!["counter", "gauge", "histogram"].includes(rest)) throw fail("No type");
        family.type = rest;
      }
      continue;
    }
    const sample = readSample(line, fail);
    const family = families.get(current);
    if (family?.type === undefined) throw fail("A sample without TYPE");
    if (!belongs(sample.name, current, family.type)) throw fail("A sample of another metric");
    if ("le" in sample.labels !== sample.name.endsWith("_bucket")) throw fail("le where it does not belong");
    const series = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`;
    if (seen.has(series)) throw fail("A series twice");
    seen.add(series);
    if (family.type !== "gauge" && !(sample.value >= 0)) throw fail("Less than nothing");
    family.samples.push(sample);
  }
  return new Map([...families].map(([name, family]) => [name, closed(name, family)]));
}

function belongs(sample: string, name: string, type: string): boolean {
  return type === "histogram"
    ? ["bucket", "sum", "count"].some((part) => sample === `${name}_${part}`)
    : sample === name;
}

function readSample(line: string, fail: (why: string) => Error): ParsedSample {
  const [, name = "", , inside, number = ""] = /^([^{ ]+)(\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (!namePattern.test(name)) throw fail("No name");
  if (!numberPattern.test(number)) throw fail("No number");
  const labels: Record<string, string> = {};
  let rest = inside ?? "";
  while (rest !== "") {
    const [all = "", label = "", value = ""] = /^([^=]+)="((?:[^"\\]|\\.)*)"(?:,|$)/.exec(rest) ?? [];
    if (!labelPattern.test(label)) throw fail("No label");
    if (label in labels) throw fail("A label twice");
    labels[label] = unescaped(value, fail, true);
    rest = rest.slice(all.length);
  }
  return { name, labels, value: Number(number.replace("Inf", "Infinity")) };
}

function unescaped(text: string, fail: (why: string) => Error, isLabel = false): string {
  return text.replace(/\\(.?)/g, (_, letter: string) => {
    if (letter === "n") return "\n";
    if (letter === "\\" || (isLabel && letter === '"')) return letter;
    throw fail("No such escape");
  });
}

function closed(name: string, { type, help, samples }: OpenFamily): ParsedFamily {
  if (type === undefined || samples.length === 0) throw new Error(`${name} has no samples`);
  if ((type === "counter") !== name.endsWith("_total")) throw new Error(`${name} is a ${type}`);
  if (/_(milliseconds|minutes|hours|days|kilobytes|megabytes)(_|$)/.test(name))
    throw new Error(`${name} is not in a base unit`);
  if (type === "histogram") checkHistogram(name, samples);
  return { type, help, samples };
}

function checkHistogram(name: string, samples: readonly ParsedSample[]): void {
  const groups = Map.groupBy(samples, ({ labels: { le: _, ...labels } }) =>
    JSON.stringify(Object.entries(labels).sort()),
  );
  for (const [labels, own] of groups) {
    const buckets = own.filter((sample) => sample.name === `${name}_bucket`);
    const [count, sum] = ["count", "sum"].map((part) => own.find((one) => one.name === `${name}_${part}`));
    const bounds = buckets.map((bucket) => Number(bucket.labels.le?.replace("+Inf", "Infinity")));
    const rises = (list: readonly number[], strictly: boolean): boolean =>
      list.every((one, i) => i === 0 || (strictly ? one > (list[i - 1] ?? 0) : one >= (list[i - 1] ?? 0)));
    const values = buckets.map(({ value }) => value);
    const isWhole = bounds.at(-1) === Number.POSITIVE_INFINITY && values.at(-1) === count?.value;
    if (!isWhole || sum === undefined || !rises(bounds, true) || !rises(values, false))
      throw new Error(`${name}${labels} is no whole histogram`);
  }
}
