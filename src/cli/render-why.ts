import type { WhyNode, WhyNodeReport, WhyReason, WhyReport } from "../contract/why-report.ts";
import { localTime } from "./local-time.ts";
import { styled } from "./table.ts";

/** Why a VM is where it is, in lines for a person. */
export function whyLines(report: WhyReport, color: boolean): readonly string[] {
  return [
    ...headLines(report, color),
    ...report.places.flatMap((place) => ["", ...placeLines(place, color)]),
    ...tailLines(report),
  ];
}

/** Why a node is as it is, in lines for a person. */
export function whyNodeLines(report: WhyNodeReport, color: boolean): readonly string[] {
  return [...headLines(report, color), ...tailLines(report)];
}

type Common = Pick<WhyNodeReport, "verdict" | "reasons" | "next" | "events">;

function headLines({ verdict, reasons }: Common, color: boolean): readonly string[] {
  const [first, ...more] = reasons;
  return [
    styled(verdict, "bold", color),
    ...(first === undefined ? [] : commandLines(first, "  ")),
    ...more.flatMap((reason) => reasonLines(reason, "  ")),
  ];
}

function tailLines({ next, events }: Common): readonly string[] {
  const happened = events.map(({ time, text }) => `  ${localTime(new Date(time))}  ${text}`);
  return [
    ...(next === undefined ? [] : ["", `Next: ${next}`]),
    ...(happened.length === 0 ? [] : ["", "What happened last:", ...happened]),
  ];
}

function placeLines(place: WhyNode, color: boolean): readonly string[] {
  const { node, isHere, score, against } = place;
  const how = isHere ? "it is here" : against.length > 0 ? "not here" : "could be here";
  const sum = score === undefined ? "" : `, score ${score}`;
  return [
    `${styled(node, isHere ? "green" : "bold", color)}: ${how}${sum}`,
    ...against.flatMap((reason) => reasonLines(reason, "  - ")),
    ...place.for.flatMap((reason) => reasonLines(reason, "  + ")),
  ];
}

function reasonLines(reason: WhyReason, mark: string): readonly string[] {
  const { text, score, object } = reason;
  const about = object === undefined || text.includes(object) ? [] : [object];
  const more = [...about, ...(score === undefined ? [] : [`score ${score}`])];
  const end = more.length === 0 ? "" : ` (${more.join(", ")})`;
  return [`${mark}${text}${end}`, ...commandLines(reason, " ".repeat(mark.length))];
}

function commandLines({ command }: WhyReason, indent: string): readonly string[] {
  return command === undefined ? [] : [`${indent}  to change it: ${command}`];
}
