import type { DrillReport, DrillTrial, DrillVmResult } from "../../contract/drill-report.ts";
import { isDrillFailure } from "../../plan/drill-verdict.ts";
import { escapeXml } from "../../xml/write.ts";
import { secondsText, trialTitle, verdictWords } from "./drill-words.ts";

const width = 720;
const left = 190;
const right = 70;
const row = 24;
const plot = width - left - right;

/** How long each VM was down when a node was lost, as bars, with the limit where there is one. */
export function recoveryChart(trial: DrillTrial, scale: ChartScale): string {
  const { vms } = trial;
  const height = vms.length * row + 30;
  const x = (seconds: number): number => left + (seconds / scale.longest) * plot;
  const bars = vms.map((vm, i) => {
    const y = 8 + i * row;
    const label = vm.seconds === null ? barless(vm) : `${secondsText(vm.seconds)} s`;
    const length = vm.seconds === null ? 0 : Math.max(2, x(vm.seconds) - left);
    return (
      `<text class="name" x="${left - 8}" y="${y + 13}">${escapeXml(cut(vm.vm))}</text>` +
      `<rect class="${colour(vm)}" x="${left}" y="${y + 2}" width="${length.toFixed(1)}" height="${row - 10}" rx="2">` +
      `<title>${escapeXml(`${vm.vm}: ${label}, ${verdictWords[vm.verdict]}`)}</title></rect>` +
      `<text class="value" x="${(left + length + 6).toFixed(1)}" y="${y + 13}">${escapeXml(label)}</text>`
    );
  });
  const bottom = 8 + vms.length * row;
  const limit = scale.within === null ? "" : limitLine(x(scale.within), bottom);
  return figure(`Seconds down: ${trialTitle(trial)}`, height, [...axis(scale, bottom), ...bars, limit]);
}

/** How often a VM was down for how long, over all trials. */
export function distributionChart(trials: readonly DrillTrial[], scale: ChartScale): string {
  const times = trials.flatMap(({ vms }) => vms.flatMap(({ seconds }) => seconds ?? []));
  const bins = 12;
  const size = scale.longest / bins;
  const counts = Array.from({ length: bins }, (_, i) => {
    const last = i === bins - 1;
    return times.filter((time) => time >= i * size && (last || time < (i + 1) * size)).length;
  });
  const most = Math.max(1, ...counts);
  const late = (i: number): boolean => scale.within !== null && i * size >= scale.within;
  const base = 130;
  const high = 100;
  const columns = counts.map((count, i) => {
    const x = left + (i * plot) / bins;
    const height = (count / most) * high;
    const number =
      count === 0
        ? ""
        : `<text class="count" x="${(x + plot / bins / 2).toFixed(1)}" y="${(base - height - 5).toFixed(1)}">${count}</text>`;
    return `<rect class="${late(i) ? "bad" : "good"}" x="${(x + 1).toFixed(1)}" y="${(base - height).toFixed(1)}" width="${(plot / bins - 2).toFixed(1)}" height="${height.toFixed(1)}"/>${number}`;
  });
  const limit = scale.within === null ? "" : limitLine(left + (scale.within / scale.longest) * plot, base);
  const label = `<text class="name" x="${left - 8}" y="${base - high / 2}">VMs</text>`;
  return figure("How often VMs were down for how many seconds", base + 26, [
    ...axis(scale, base),
    label,
    ...columns,
    limit,
  ]);
}

/** What all charts of a report have in common, so that they can be compared. */
export interface ChartScale {
  /** Seconds at the right end. */
  readonly longest: number;
  readonly within: number | null;
}

export function chartScale({ trials, within }: Pick<DrillReport, "trials" | "within">): ChartScale {
  const times = trials.flatMap(({ vms }) => vms.flatMap(({ seconds }) => seconds ?? []));
  const most = Math.max(1, ...times, ...(within === null ? [] : [within * 1.05]));
  const step = stepOf(most);
  return { longest: Math.ceil(most / step) * step, within };
}

/** 1, 2 or 5 times a power of ten, so that there are four to eight lines. */
function stepOf(longest: number): number {
  const power = 10 ** Math.floor(Math.log10(longest / 4));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => longest / step <= 8) ?? 10 * power;
}

function axis({ longest }: ChartScale, bottom: number): readonly string[] {
  const step = stepOf(longest);
  return Array.from({ length: Math.round(longest / step) + 1 }, (_, i) => {
    const x = (left + ((i * step) / longest) * plot).toFixed(1);
    const text = `${Number((i * step).toFixed(2))}${i === 0 ? " s" : ""}`;
    return `<line class="grid" x1="${x}" x2="${x}" y1="4" y2="${bottom}"/><text class="tick" x="${x}" y="${bottom + 15}">${text}</text>`;
  });
}

function limitLine(x: number, bottom: number): string {
  return `<line class="limit" x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="0" y2="${bottom}"><title>The limit</title></line>`;
}

function barless({ place, from, verdict }: DrillVmResult): string {
  if (verdict === "unknown") return verdictWords.unknown;
  if (place === null) return "runs nowhere";
  return place === from ? "ran on" : "moved live";
}

function colour({ verdict }: DrillVmResult): string {
  if (isDrillFailure(verdict)) return "bad";
  return verdict === "as-foreseen" ? "good" : "odd";
}

function cut(name: string): string {
  return name.length <= 26 ? name : `${name.slice(0, 25)}…`;
}

function figure(title: string, height: number, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}">${parts.join("")}</svg>`;
}
