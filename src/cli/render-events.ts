import type { EventSeverity, HavenEvent } from "../contract/event.ts";
import { localTime } from "./local-time.ts";
import { type Style, styled, table } from "./table.ts";

const styles: Readonly<Record<EventSeverity, Style | undefined>> = {
  info: undefined,
  warning: "yellow",
  error: "red",
};

/** Events for a person, the oldest first. */
export function eventLines(events: readonly HavenEvent[], color: boolean): readonly string[] {
  return table(["WHEN", "NODE", "KIND", "WHAT"], events.map(row), color);
}

/** One event as it comes, with the columns of a short table. */
export function followedLine(event: HavenEvent, color: boolean): string {
  const { node, kind } = event;
  const style = styles[event.severity];
  const when = localTime(new Date(event.time));
  return `${when}  ${node.padEnd(8)}  ${styled(kind.padEnd(16), style, color)}  ${event.text}`;
}

function row(event: HavenEvent) {
  const style = styles[event.severity];
  const kind = style === undefined ? event.kind : { text: event.kind, style };
  return [localTime(new Date(event.time)), event.node, kind, event.text];
}
