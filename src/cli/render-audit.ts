import type { HavenEvent } from "../contract/event.ts";
import { localTime } from "./local-time.ts";
import { styled } from "./table.ts";

/** A change for a person: who, where, by which command; below it what was changed, and what followed. */
export function changeLines(event: HavenEvent, color: boolean): readonly string[] {
  const { data = {} } = event;
  const list = (name: string): readonly string[] => {
    const value = data[name];
    return Array.isArray(value) ? value.map(String) : [];
  };
  const head = `${localTime(new Date(event.time))}  ${event.node}  ${event.text}`;
  const effect = list("effect").map((line) => `    → ${line}`);
  const none = data.simulated !== true ? [] : ["    → nothing starts, stops or moves"];
  return [
    styled(head, "bold", color),
    ...list("changed").map((line) => `    ~ ${line}`),
    ...(effect.length > 0 ? effect : none),
  ];
}
