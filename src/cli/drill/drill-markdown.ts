import type { DrillReport, DrillTrial } from "../../contract/drill-report.ts";
import { drillSummary } from "../../plan/drill-verdict.ts";
import { drillEnd, drillFacts, secondsText, trialTitle, verdictWords } from "./drill-words.ts";

/** A drill's report as Markdown. */
export function drillMarkdown(report: DrillReport): string {
  const { median, longest, losses, recovered, asForeseen, down, failed } = drillSummary(report.trials);
  return [
    `# Drill of ${word(report.cluster.name ?? "a cluster")}, ${report.began.slice(0, 10)}: ${drillEnd(report)}`,
    "",
    ...table(
      ["", ""],
      drillFacts(report).map(([name, value]) => [name, value]),
    ),
    "",
    `VMs affected ${losses}, running afterwards ${recovered}, as foreseen ${asForeseen}, without a place as foreseen ${down}, ` +
      `failed ${failed}. Seconds down: median ${secondsText(median)}, longest ${secondsText(longest)}.`,
    ...report.trials.flatMap(trialLines),
    ...section(
      "Notes",
      report.notes.map((note) => `- ${word(note)}`),
    ),
    ...section(
      "Nodes that have another name in the lab",
      report.renamed.map(({ from, to }) => `- ${word(from)}: ${word(to)}`),
    ),
    ...section(
      "What something else stood for",
      report.replaced.length === 0
        ? []
        : table(
            ["resource", "was", "is"],
            report.replaced.map(({ id, was, is }) => [id, was, is]),
          ),
    ),
    ...section(
      "What was left out",
      report.leftOut.map(({ what, why }) => `- ${word(what)}: ${word(why)}`),
    ),
    "",
  ].join("\n");
}

function trialLines(trial: DrillTrial): readonly string[] {
  const rows = trial.vms.map((vm) => [
    ...[vm.vm, vm.from ?? "–", vm.foreseen ?? "nowhere", vm.place ?? "nowhere"],
    ...[secondsText(vm.seconds), secondsText(vm.guest), verdictWords[vm.verdict]],
  ]);
  const why = trial.vms.flatMap(({ vm, why }) => why.map((reason) => `- ${word(vm)}: ${word(reason)}`));
  return [
    "",
    `## ${word(trialTitle(trial))}`,
    "",
    `Begun ${trial.began}${trial.fenced === null ? "" : `, fenced after ${secondsText(trial.fenced)} s`}${trial.finished ? "" : ", not seen to its end"}.`,
    ...trial.notes.map((note) => `${word(note)}.`),
    "",
    ...(rows.length === 0
      ? ["No VM was affected."]
      : table(["VM", "ran on", "foreseen", "runs on", "seconds down", "guest heard after", "verdict"], rows)),
    ...(why.length === 0 ? [] : ["", ...why]),
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", `## ${title}`, "", ...lines];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(word).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)];
}

/** Names come from a configuration: nothing of them is markup. */
function word(text: string): string {
  return text.replace(/[\\`*_[\]<>|#]/g, (character) => `\\${character}`).replace(/\s+/g, " ");
}
