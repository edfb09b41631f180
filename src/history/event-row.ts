import type { EventSeverity, HavenEvent } from "../contract/event.ts";

/** An event as the database of events holds it. */
export interface EventRow {
  readonly id: number;
  readonly key: string;
  readonly time: number;
  readonly node: string;
  readonly kind: string;
  readonly severity: EventSeverity;
  readonly vm: string | null;
  readonly subject: string | null;
  readonly text: string;
  readonly data: string | null;
}

export const eventColumns = "id, key, time, node, kind, severity, vm, subject, text, data";

/** The event of a row. */
export function eventOfRow({ vm, subject, data, ...row }: EventRow): HavenEvent {
  return {
    ...row,
    ...(vm === null ? {} : { vm }),
    ...(subject === null ? {} : { subject }),
    ...(data === null ? {} : { data: JSON.parse(data) }),
  };
}
