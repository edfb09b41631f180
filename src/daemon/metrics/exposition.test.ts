import { expect, test } from "bun:test";
import { parseExposition } from "../../../test/support/parse-exposition.ts";
import { exposition, type MetricSample } from "./exposition.ts";
import { LabelledCounter } from "./labelled-counter.ts";
import { LabelledHistogram } from "./labelled-histogram.ts";
import { type MetricDefinition, metricTable } from "./metric-table.ts";

test("each metric is told of once, with what it is, in the table's order", () => {
  const samples: readonly MetricSample[] = [
    { metric: "haven_vm_wanted", labels: { vm: "a" }, value: 1 },
    { metric: "haven_pacemaker_up", value: 1 },
    { metric: "haven_vm_wanted", labels: { vm: "b" }, value: 0 },
  ];
  expect(exposition(samples)).toBe(
    "# HELP haven_pacemaker_up Whether Pacemaker on this node tells what the cluster is like\n" +
      "# TYPE haven_pacemaker_up gauge\nhaven_pacemaker_up 1\n" +
      "# HELP haven_vm_wanted Whether a VM is to run\n# TYPE haven_vm_wanted gauge\n" +
      'haven_vm_wanted{vm="a"} 1\nhaven_vm_wanted{vm="b"} 0\n',
  );
});

test("whatever stands in a label is read again as it was; a series stands there once", () => {
  const odd = 'a\\n"b"\n{c="d"} é,';
  const text = exposition([
    { metric: "haven_vm_wanted", labels: { vm: odd }, value: 1 },
    { metric: "haven_vm_wanted", labels: { vm: odd }, value: 0 },
    { metric: "haven_cluster_votes", value: Number.POSITIVE_INFINITY },
  ]);
  const families = parseExposition(text);
  expect(families.get("haven_vm_wanted")?.samples).toEqual([
    { name: "haven_vm_wanted", labels: { vm: odd }, value: 1 },
  ]);
  expect(families.get("haven_cluster_votes")?.samples[0]?.value).toBe(Number.POSITIVE_INFINITY);
});

test("counters and histograms add up", () => {
  const counter = new LabelledCounter("haven_vm_migrations_total", [{ result: "none" }]);
  counter.add({ result: "ok" });
  counter.add({ result: "ok" });
  counter.add({ result: "failed" });
  const histogram = new LabelledHistogram("haven_vm_recovery_duration_seconds");
  for (const seconds of [0.05, 1, 1.5, 7, 4000]) histogram.observe({ cause: "vm" }, seconds);
  const families = parseExposition(exposition([...counter.samples(), ...histogram.samples()]));
  const values = (name: string) =>
    families.get(name)?.samples.map(({ labels, value }) => `${labels.result} ${value}`);
  expect(values("haven_vm_migrations_total")).toEqual(["none 0", "ok 2", "failed 1"]);
  const samples = families.get("haven_vm_recovery_duration_seconds")?.samples ?? [];
  const bucket = (le: string) => samples.find(({ labels }) => labels.le === le)?.value;
  expect(["0.1", "0.5", "1", "2", "10", "600", "+Inf"].map(bucket)).toEqual([1, 1, 2, 3, 4, 4, 5]);
  expect(samples.slice(-2).map(({ value }) => value)).toEqual([4009.55, 5]);
});

test("names are as Prometheus wants them, and what they tell is said", () => {
  for (const [name, { type, help, labels }] of Object.entries<MetricDefinition>(metricTable)) {
    expect([name, /^(haven|process)(_[a-z]+)+$/.test(name)]).toEqual([name, true]);
    expect([name, type === "counter"]).toEqual([name, name.endsWith("_total")]);
    expect(help).toMatch(/^[A-Z0-9].*[^.]$/);
    for (const label of labels) expect(label).toMatch(/^[a-z]+$/);
  }
});
