import type { BlameReport } from "../contract/blame-report.ts";
import { localTime } from "./local-time.ts";
import { styled } from "./table.ts";

/** What a transition decided, and what it came of, in lines for a person. */
export function blameLines(
  { facts, changes, events, notes }: BlameReport,
  color: boolean,
): readonly string[] {
  const said = notes.map((note) => styled(note, "dim", color));
  const at = (time: number): string => localTime(new Date(time));
  if (facts === undefined) {
    return [...said, ...events.map(({ time, text }) => `${at(time)}  ${text}`)];
  }
  const { node, file, time, before, passed, actions, causes, writer } = facts;
  const later = passed === 0 ? "" : `; ${passed} later one${passed === 1 ? "" : "s"} decided nothing`;
  const used = new Set(actions.flatMap((action) => action.causes));
  const others = causes.filter((_, index) => !used.has(index));
  const names = causes.some(({ code }) => code === "configuration") ? changes : [];
  return [
    ...said,
    `${styled(`Decided at ${at(time)}`, "bold", color)} by ${node} (${file}${later})`,
    ...(before === undefined
      ? [`${node} has nothing from before it: what had changed is not known`]
      : [`compared with ${before.file} of ${at(before.time)}`]),
    "",
    ...(actions.length === 0 ? ["Nothing starts, stops or moves"] : []),
    ...actions.flatMap(({ text, causes: own }) => [
      text,
      ...own.map((index) => `  because ${causes[index]?.text ?? ""}`),
      ...(own.length === 0 && before !== undefined
        ? ["  nothing that changed accounts for it by itself"]
        : []),
    ]),
    ...(others.length === 0 ? [] : ["", "Also changed, and not needed for it:"]),
    ...others.map(({ text }) => `  ${text}`),
    ...(names.length === 0 ? [] : ["", "Who has changed the configuration:"]),
    ...names.map((change) => `  ${at(change.time)}  ${change.text}`),
    ...(names.length === 0 && writer !== undefined && causes.some(({ code }) => code === "configuration")
      ? ["", `The configuration was written last by ${writer}`]
      : []),
  ];
}
