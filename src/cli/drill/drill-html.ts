import type { DrillReport, DrillTrial } from "../../contract/drill-report.ts";
import { drillSummary, isDrillFailure } from "../../plan/drill-verdict.ts";
import { escapeXml } from "../../xml/write.ts";
import { chartScale, distributionChart, recoveryChart } from "./drill-charts.ts";
import { drillEnd, drillFacts, secondsText, trialTitle, verdictWords } from "./drill-words.ts";

const style = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5a6370;--line:#d5dae1;--paper:#fff;--panel:#f5f7f9;--good:#2f7d4f;--odd:#a86b00;--bad:#c0322b}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#a0a9b5;--line:#3a424d;--paper:#16191d;--panel:#1f242a;--good:#5cb583;--odd:#e0a63c;--bad:#f0766e}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:60rem;padding:2rem 1.25rem 4rem;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 1.25rem}h2{font-size:1.2rem;margin:2.5rem 0 .5rem}
p{margin:.5rem 0}.soft{color:var(--soft)}
.tiles{display:flex;flex-wrap:wrap;gap:.75rem;margin:1rem 0 1.5rem}
.tile{flex:1 1 7rem;background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:.6rem .8rem}
.tile b{display:block;font-size:1.4rem}.tile span{color:var(--soft);font-size:.85rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:.75rem 0;font-size:.9rem}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
th{color:var(--soft);font-weight:600}thead th{white-space:nowrap}.number{text-align:right;font-variant-numeric:tabular-nums}
.is-good{color:var(--good)}.is-odd{color:var(--odd)}.is-bad{color:var(--bad);font-weight:600}
svg{display:block;width:100%;height:auto;margin:.75rem 0;font:12px system-ui,sans-serif}
svg text{fill:var(--ink)}svg .name{text-anchor:end}svg .tick{text-anchor:middle;fill:var(--soft)}svg .count{text-anchor:middle}
svg .grid{stroke:var(--line)}svg .limit{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:5 4}
svg .good{fill:var(--good)}svg .odd{fill:var(--odd)}svg .bad{fill:var(--bad)}
@media print{body{max-width:none;padding:0}section{break-inside:avoid}}
`.replaceAll("\n", "");

/**
 * A drill's report as one HTML file: it asks for nothing from elsewhere and runs nothing, which its own policy makes
 * sure of whatever a name in it may be.
 */
export function drillHtml(report: DrillReport): string {
  const { cluster, began, trials, within } = report;
  const title = `Drill of ${cluster.name ?? "a cluster"}, ${began.slice(0, 10)}`;
  const scale = chartScale(report);
  const end = drillEnd(report);
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeXml(title)}</title><style>${style}</style></head><body>`,
    `<h1>${escapeXml(title)}: <span class="${report.passed ? "is-good" : "is-bad"}">${end}</span></h1>`,
    tiles(report),
    "<section><h2>How long VMs were down</h2>",
    `<p class="soft">In all ${trials.length} trials${within === null ? "" : `; the dashed line is the limit of ${within} s`}.</p>`,
    distributionChart(trials, scale),
    "</section>",
    ...trials.map((trial) => trialSection(trial, recoveryChart(trial, scale))),
    `<section><h2>About this drill</h2>${table(
      undefined,
      drillFacts(report).map(([name, value]) => [head(name), cell(value)]),
    )}${list(report.notes)}</section>`,
    renamed(report),
    replaced(report),
    leftOut(report),
    "</body></html>\n",
  ].join("\n");
}

function tiles({ trials }: DrillReport): string {
  const sums = drillSummary(trials);
  const tile = (value: string | number, name: string): string =>
    `<div class="tile"><b>${value}</b><span>${name}</span></div>`;
  return `<div class="tiles">${[
    tile(trials.length, "trials"),
    tile(sums.losses, "VMs affected"),
    tile(sums.recovered, "running afterwards"),
    tile(sums.down, "no place, as foreseen"),
    tile(sums.failed, "failed"),
    tile(secondsText(sums.median), "seconds down, median"),
    tile(secondsText(sums.longest), "seconds down, longest"),
  ].join("")}</div>`;
}

function trialSection(trial: DrillTrial, chart: string): string {
  const fenced = trial.fenced === null ? "" : `, fenced after ${secondsText(trial.fenced)} s`;
  const end = trial.finished ? "" : ", not seen to its end";
  const rows = trial.vms.map((vm) => [
    head(vm.vm),
    cell(vm.from ?? "–"),
    cell(vm.foreseen ?? "nowhere"),
    cell(vm.place ?? "nowhere"),
    number(vm.seconds),
    number(vm.guest),
    verdict(vm.verdict),
  ]);
  const why = trial.vms.flatMap((vm) => vm.why.map((reason) => `${vm.vm}: ${reason}`));
  const columns = ["VM", "ran on", "foreseen", "runs on", "seconds down", "guest heard after", "verdict"];
  const body = rows.length === 0 ? "<p>No VM was affected.</p>" : chart + table(columns, rows);
  return (
    `<section><h2>${escapeXml(trialTitle(trial))}</h2>` +
    `<p class="soft">Begun ${escapeXml(trial.began)}${fenced}${end}.</p>` +
    `${list(trial.notes)}${body}${list(why)}</section>`
  );
}

function verdict(of: DrillTrial["vms"][number]["verdict"]): string {
  const kind = isDrillFailure(of) ? "bad" : of === "as-foreseen" ? "good" : "odd";
  return `<td class="is-${kind}">${verdictWords[of]}</td>`;
}

function renamed(report: DrillReport): string {
  const rows = report.renamed.map(({ from, to }) => [head(from), cell(to)]);
  return section("Nodes that have another name in the lab", ["node", "in the lab"], rows);
}

function replaced(report: DrillReport): string {
  const rows = report.replaced.map(({ id, was, is }) => [head(id), cell(was), cell(is)]);
  return section("What something else stood for", ["resource", "was", "is"], rows);
}

function leftOut(report: DrillReport): string {
  const rows = report.leftOut.map(({ what, why }) => [head(what), cell(why)]);
  return section("What was left out", ["what", "why"], rows);
}

function section(title: string, columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? "" : `<section><h2>${title}</h2>${table(columns, rows)}</section>`;
}

function table(columns: readonly string[] | undefined, rows: readonly (readonly string[])[]): string {
  const top = columns === undefined ? "" : `<thead><tr>${columns.map(columnHead).join("")}</tr></thead>`;
  return `<div class="scroll"><table>${top}<tbody>${rows.map((cells) => `<tr>${cells.join("")}</tr>`).join("")}</tbody></table></div>`;
}

function columnHead(name: string): string {
  const isNumber = name.startsWith("seconds") || name.endsWith("after");
  return `<th scope="col"${isNumber ? ' class="number"' : ""}>${name}</th>`;
}

function list(lines: readonly string[]): string {
  return lines.length === 0 ? "" : `<ul>${lines.map((line) => `<li>${escapeXml(line)}</li>`).join("")}</ul>`;
}

function head(text: string): string {
  return `<th scope="row">${escapeXml(text)}</th>`;
}

function cell(text: string): string {
  return `<td>${escapeXml(text)}</td>`;
}

function number(seconds: number | null): string {
  return `<td class="number">${secondsText(seconds)}</td>`;
}
