import type { HealthCheck, HealthSeverity } from "../contract/health-check.ts";
import type { HealthReport } from "../contract/health-report.ts";
import { type Style, styled } from "./table.ts";

const styles: Readonly<Record<HealthSeverity, Style>> = {
  ok: "green",
  warning: "yellow",
  unknown: "yellow",
  error: "red",
};

export interface HealthLinesOptions {
  readonly color: boolean;
  /** Also what is fine. */
  readonly all: boolean;
}

/** A report for a person: the verdict first, then what is not fine, the worst first. */
export function healthLines(report: HealthReport, options: HealthLinesOptions): readonly string[] {
  const { color } = options;
  const [head = "", ...rest] = report.verdict.split(/(?=[:,])/);
  const parts = [
    ...(report.cluster.length > 0 ? [{ name: "The cluster", checks: report.cluster }] : []),
    ...report.nodes.map(({ node, checks }) => ({ name: node, checks })),
  ];
  return [
    styled(head, styles[report.severity], color) + rest.join(""),
    ...parts.flatMap(({ name, checks }) => ["", ...partLines(name, checks, options)]),
  ];
}

/** What was looked at in one place, in lines for a person. */
export function partLines(
  name: string,
  checks: readonly HealthCheck[],
  { color, all }: HealthLinesOptions,
): readonly string[] {
  const shown = checks.filter(({ severity }) => all || severity !== "ok");
  const fine = checks.filter(({ severity }) => severity === "ok").length;
  const hidden = all || fine === 0 ? "" : `: ${fine} ${fine === 1 ? "check is" : "checks are"} fine`;
  return [styled(name, "bold", color) + hidden, ...shown.flatMap((check) => checkLines(check, color))];
}

function checkLines(
  { id, severity, subject, text, expected, next }: HealthCheck,
  color: boolean,
): readonly string[] {
  const about = subject === undefined || text.includes(subject) ? "" : `${subject}: `;
  const more = (word: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [styled(`           ${word}: ${value}`, "dim", color)];
  const mark = styled(severity.padEnd(7), styles[severity], color);
  return [
    `  ${mark}  ${about}${text}${styled(`  [${id}]`, "dim", color)}`,
    ...more("expected", severity === "ok" ? undefined : expected),
    ...more("next", next),
  ];
}
