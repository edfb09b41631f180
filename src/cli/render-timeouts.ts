import type { TimeoutEntry, TimeoutProposal, TimeoutsReport } from "../contract/timeouts-report.ts";
import { seconds } from "../plan/judge-time.ts";
import { localTime } from "./local-time.ts";
import { styled, table } from "./table.ts";

const verdicts: Readonly<Record<TimeoutEntry["verdict"], string>> = {
  fence: "NODE FENCED",
  fail: "FAILS",
  force: "BY FORCE",
  short: "SHORT",
  long: "LONG",
  well: "well",
  unmeasured: "not measured",
};

/** The times of operations and of fencing, in lines for a person. */
export function timeoutsLines(
  report: TimeoutsReport,
  { all, color }: { readonly all: boolean; readonly color: boolean },
): readonly string[] {
  const { entries, proposals, since, silent } = report;
  const shown = all ? entries : entries.filter(({ verdict }) => !/^(well|unmeasured)$/.test(verdict));
  const rows = shown.map(rowOf);
  const head = ["WHAT", "OPERATION", "MAY TAKE", "COUNT", "P95", "MAX", "ON A SLOW DAY"];
  const why = shown.flatMap(({ name, operation, why: text }) =>
    text === undefined ? [] : [`  ${name} ${operation}: ${text}`],
  );
  const quiet = entries.length - shown.length;
  const measured = entries.filter((entry) => entry.measured !== undefined).length;
  return [
    ...(rows.length === 0 ? [] : [...table(head, rows, color), "", ...why]),
    ...(rows.length === 0 ? [styled("No time is too short for a slow day", "green", color)] : []),
    ...(quiet === 0 ? [] : [`${quiet} more are well or were not measured (--all)`]),
    ...(since === undefined
      ? ["Nothing was measured yet"]
      : [`Measured: ${measured} of ${entries.length}, since ${localTime(new Date(since))}`]),
    ...silent.map((node) => `The history of ${node} could not be read`),
    ...(proposals.length === 0
      ? []
      : ["", "Proposed (haven timeouts apply):", ...proposals.map(proposalLine)]),
  ];
}

function rowOf({ name, operation, timeout, measured, verdict }: TimeoutEntry): readonly string[] {
  const numbers =
    measured === undefined
      ? ["", "", ""]
      : [
          `${measured.count}${measured.timedOut > 0 ? ` and ${measured.timedOut} late` : ""}`,
          seconds(measured.p95),
          seconds(measured.max),
        ];
  return [name, operation, seconds(timeout), ...numbers, verdicts[verdict]];
}

function proposalLine({ object, before, after, spec, because }: TimeoutProposal): string {
  const what = spec === undefined ? object : `${spec.vm} ${spec.field} (${object})`;
  const forWhom = because.map((line) => line.split(":")[0] ?? "").slice(0, 5);
  return `  ${what}: ${before} s → ${after} s, for ${forWhom.join(", ")}`;
}
