import type { Database } from "bun:sqlite";
import type { HavenEvent } from "../contract/event.ts";
import { openEventDatabase } from "./event-database.ts";
import { type EventRow, eventColumns, eventOfRow } from "./event-row.ts";

/** An event that is still to be told to a destination. */
export interface PendingNotice {
  readonly event: HavenEvent;
  readonly destination: string;
}

/**
 * What of a node's events is still to be told, and to whom, beside the events themselves: of each event is decided once
 * to whom it goes, in the order in which they were taken in, and what has been told is told no more. Both outlive kills
 * and power cuts. A destination is a text that only its user understands.
 */
export class NoticeStore {
  private constructor(private readonly db: Database) {}

  /** @throws Error of the system or of SQLite */
  static open(path: string, now: number): NoticeStore {
    return new NoticeStore(openEventDatabase(path, now).db);
  }

  /** The next events of which is to be decided, the oldest first. */
  undecided(limit: number): readonly HavenEvent[] {
    return this.db
      .query<EventRow, { $limit: number }>(
        `SELECT ${eventColumns} FROM events WHERE id > (SELECT event FROM notice_mark) ORDER BY id LIMIT $limit`,
      )
      .all({ $limit: limit })
      .map(eventOfRow);
  }

  /** Remembers to whom an event goes, and that of it and of all before it is decided. */
  decide(event: number, destinations: readonly string[]): void {
    const insert = this.db.query("INSERT OR IGNORE INTO notices VALUES ($event, $destination)");
    this.db
      .transaction(() => {
        for (const destination of destinations) insert.run({ $event: event, $destination: destination });
        this.db.query("UPDATE notice_mark SET event = MAX(event, $event)").run({ $event: event });
      })
      .immediate();
  }

  /** What is still to be told, in the order in which it was taken in. */
  pending(): readonly PendingNotice[] {
    return this.db
      .query<EventRow & { readonly destination: string }, []>(
        `SELECT ${eventColumns}, destination FROM notices JOIN events ON events.id = notices.event ORDER BY events.id`,
      )
      .all()
      .map(({ destination, ...row }) => ({ event: eventOfRow(row), destination }));
  }

  /** Events were told, or never will be. */
  done(destination: string, events: readonly number[]): void {
    const remove = this.db.query("DELETE FROM notices WHERE event = $event AND destination = $destination");
    this.db
      .transaction(() => {
        for (const event of events) remove.run({ $event: event, $destination: destination });
        // Of events that the history has forgotten nothing can be told.
        this.db.run("DELETE FROM notices WHERE event < (SELECT MIN(id) FROM events)");
      })
      .immediate();
  }

  /** Whether an earlier event tells of the same fencing: Pacemaker tells some of them again when a node joins. */
  isToldAgain({ id, kind, data }: HavenEvent): boolean {
    const ref = data?.ref;
    if (typeof ref !== "string" || ref === "") return false;
    const found = this.db
      .query<{ id: number }, { $kind: string; $id: number; $ref: string }>(
        `SELECT id FROM events WHERE kind = $kind AND id < $id AND json_extract(data, '$.ref') = $ref LIMIT 1`,
      )
      .get({ $kind: kind, $id: id, $ref: ref });
    return found !== null;
  }

  close(): void {
    this.db.close();
  }
}
