import { eventSeverity, type HavenEvent, readEvent } from "../contract/event.ts";
import { peerEvent } from "./peer-protocol.ts";

/** An event as another node's daemon tells it, which is looked at as closely as any other from outside. */
export function peerEventOf(value: unknown): HavenEvent | undefined {
  const { data } = peerEvent.safeParse(value);
  if (data === undefined) return undefined;
  const { id, key, ...rest } = data;
  const event = readEvent(rest);
  return event === undefined ? undefined : { id, key, ...event, severity: eventSeverity(event.kind) };
}
