import type { DrillReport } from "../../contract/drill-report.ts";
import { drillSummary, isDrillFailure } from "../../plan/drill-verdict.ts";
import { table } from "../table.ts";
import { drillEnd, secondsText, trialTitle, verdictWords } from "./drill-words.ts";

/** A drill's result for a terminal. */
export function drillLines(report: DrillReport, color: boolean): readonly string[] {
  const { losses, recovered, failed, down, median, longest } = drillSummary(report.trials);
  const rows = report.trials.flatMap((trial) =>
    trial.vms.map((vm) => [
      ...[trialTitle(trial), vm.vm, vm.foreseen ?? "nowhere", vm.place ?? "nowhere"],
      { text: secondsText(vm.seconds), align: "right" as const },
      {
        text: verdictWords[vm.verdict],
        style: isDrillFailure(vm.verdict)
          ? ("red" as const)
          : vm.verdict === "as-foreseen"
            ? ("green" as const)
            : ("yellow" as const),
      },
    ]),
  );
  const fenced = report.trials.flatMap((trial) =>
    trial.fenced === null ? [] : [`${trial.nodes.join(" and ")} ${secondsText(trial.fenced)} s`],
  );
  return [
    ...(rows.length === 0
      ? []
      : [...table(["TRIAL", "VM", "FORESEEN", "RUNS ON", "SECONDS", "VERDICT"], rows, color), ""]),
    ...(fenced.length === 0 ? [] : [`Fenced after: ${fenced.join(", ")}`]),
    ...report.trials.flatMap(({ notes }) => notes),
    ...report.notes,
    `Drill ${drillEnd(report)}: ${report.trials.length} trials, ${losses} VMs affected, ${recovered} running afterwards, ` +
      `${down} without a place as foreseen, ${failed} failed; median ${secondsText(median)} s, longest ${secondsText(longest)} s`,
  ];
}
