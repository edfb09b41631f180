import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type MetricDefinition, metricTable } from "./metric-table.ts";

const table: Readonly<Record<string, MetricDefinition>> = metricTable;
const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}
interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const dashboard = JSON.parse(read("packaging/grafana/haven.json")) as { readonly panels: readonly Panel[] };
const { groups } = Bun.YAML.parse(read("packaging/prometheus/haven.rules.yml")) as {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);

/** What Prometheus adds itself: the scraped target, and what docs/metrics.md has its configuration add. */
const ofPrometheus = ["cluster", "instance", "job"];

/** What is wrong with an expression: metrics and labels that the daemon does not tell. */
function problemsOf(expr: string): readonly string[] {
  const plain = expr.replace(/"[^"]*"/g, '""');
  const names = plain.match(/\b(?:haven|process)_\w+/g) ?? [];
  const known = names.map((name) => {
    const base = name.replace(/_(bucket|sum|count)$/, "");
    const isPart = base !== name && table[base]?.type === "histogram";
    return { name, metric: isPart ? table[base] : table[name], isPart };
  });
  const problems = known.flatMap(({ name, metric, isPart }) => {
    if (metric === undefined) return [`there is no ${name}`];
    return metric.type === "histogram" && !isPart ? [`${name} has no value of its own`] : [];
  });
  if (names.length === 0 && !/\bup\{/.test(plain)) problems.push("it names no metric");
  const allowed = [...ofPrometheus, "le", ...known.flatMap(({ metric }) => metric?.labels ?? [])];
  const matched = [...plain.matchAll(/(\w+)\s*(?:=~|!~|!=|=(?!=))/g)].map(([, label = ""]) => label);
  const grouped = [...plain.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(([, list = ""]) =>
    list.split(/,\s*/),
  );
  for (const label of [...matched, ...grouped]) {
    if (!allowed.includes(label)) problems.push(`there is no label ${label}`);
  }
  return problems;
}

test("the alert rules name what the daemon tells, and say what to do", () => {
  expect(rules.length).toBeGreaterThan(10);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { alert, expr, labels, annotations } of rules) {
    expect([alert, problemsOf(expr)]).toEqual([alert, []]);
    expect(["critical", "warning", "info"]).toContain(labels.severity ?? "");
    expect([alert, Object.keys(annotations)]).toEqual([alert, ["summary", "description"]]);
  }
});

test("the dashboard names what the daemon tells, and each panel has a place of its own", () => {
  const { panels } = dashboard;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  for (const { title, targets } of panels) {
    expect(targets.length).toBeGreaterThan(0);
    for (const { expr } of targets) expect([title, problemsOf(expr)]).toEqual([title, []]);
  }
});

test("what is not told is noticed", () => {
  expect(problemsOf("haven_no_such_total > 0")).toEqual(["there is no haven_no_such_total"]);
  expect(problemsOf('haven_vms{stat="running"}')).toEqual(["there is no label stat"]);
  expect(problemsOf("sum by (vm, nod) (haven_vm_wanted)")).toEqual(["there is no label nod"]);
  expect(problemsOf("haven_vm_recovery_duration_seconds")).not.toEqual([]);
});

test("docs/metrics.md has each metric, with its labels, and no other", () => {
  const rows = [...read("docs/metrics.md").matchAll(/^\| `((?:haven|process)_\w+)(?:\{([^}]*)\})?` \|/gm)];
  const told = rows.map(([, name, labels = ""]) => `${name} ${labels}`);
  expect(told.toSorted()).toEqual(
    Object.entries(table)
      .map(([name, { labels }]) => `${name} ${labels.join(", ")}`)
      .toSorted(),
  );
});
