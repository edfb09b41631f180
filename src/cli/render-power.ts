import type { PowerReport } from "../contract/power-state.ts";
import { localTime } from "./local-time.ts";
import { styled, table } from "./table.ts";

/** How the power is, in lines for a person. */
export function powerLines(report: PowerReport, color: boolean): readonly string[] {
  const { configured, failed, ups, steps, next, shed } = report;
  if (!configured && shed.length === 0)
    return ["The settings do not say what is to be done when the power fails: docs/power.md"];
  return [
    ...(configured ? [headLine(report, color)] : []),
    ...(next === undefined ? [] : [`At ${time(next.at)} ${next.what}`]),
    ...section(
      ["UPS", "STATE", "SINCE"],
      ups.map(({ name, state, since }) => [
        name,
        state.replace("-", " "),
        since === undefined ? "-" : time(since),
      ]),
      color,
    ),
    ...section(
      ["ON BATTERY FOR", "SHUTS DOWN", failed ? "AT" : "", "DONE"],
      steps.map(({ after, below, done, at }) => [
        `${after} s`,
        below === undefined ? "all VMs" : `priority below ${below}`,
        at === undefined ? "" : time(at),
        done ? "yes" : "-",
      ]),
      color,
    ),
    ...section(
      ["WAITS FOR POWER", "PRIORITY", "SHUT DOWN BY"],
      shed.map(({ name, priority, by }) => [name, String(priority), by === "ups" ? "the UPS" : "a person"]),
      color,
    ),
  ];
}

function headLine(
  { failed, since, back }: Pick<PowerReport, "failed" | "since" | "back">,
  color: boolean,
): string {
  if (failed)
    return styled(`The power has failed${since === undefined ? "" : `, ${time(since)}`}`, "red", color);
  return styled(
    back === undefined ? "The power is there" : `The power is back since ${time(back)}`,
    "green",
    color,
  );
}

function section(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  color: boolean,
): readonly string[] {
  return rows.length === 0 ? [] : ["", ...table(head, rows, color)];
}

function time(iso: string): string {
  return localTime(new Date(iso));
}
