import type { Database } from "bun:sqlite";
import { hostname } from "node:os";
import { auditKinds, eventSeverity, type HavenEvent, type NewEvent } from "../contract/event.ts";
import { openEventDatabase } from "./event-database.ts";
import { type EventRow, eventColumns, eventOfRow } from "./event-row.ts";
import { type EventRetention, pruneEvents } from "./prune-events.ts";

/** An event with what tells it from any other: the same key again is the same event. */
export interface KeyedEvent {
  readonly key: string;
  readonly event: NewEvent;
}

/** Which events: all of what is given must fit. */
export interface EventFilter {
  readonly vm?: string | undefined;
  readonly node?: string | undefined;
  /** What the kind begins with: `vm.`, `fence`. */
  readonly kind?: string | undefined;
  /** Without what people have done, changes and logins: that is for administrators. */
  readonly withoutChanges?: boolean | undefined;
  /** Only what people have done. */
  readonly onlyAudit?: boolean | undefined;
  /** Milliseconds since 1970: not before. */
  readonly since?: number | undefined;
  /** Milliseconds since 1970: before. */
  readonly until?: number | undefined;
  /** Taken in after that one, by `id`: for whoever follows. */
  readonly after?: number | undefined;
  /** At the most so many: the latest, or with `after` the next. */
  readonly limit?: number | undefined;
}

/** What a row takes besides its text: its other columns, and its places in the indices. */
const rowBytes = 250;

/**
 * What has happened, as one node knows it, in an SQLite database. Several processes may use it at once. What `add` has
 * returned for is on the disk: neither a kill nor a power cut loses it (write-ahead log, synchronous FULL).
 */
export class EventStore {
  private constructor(private readonly db: Database) {}

  /**
   * Opens the database, and makes it where there is none. One that is damaged is put aside (PATH.broken-TIME) and begun
   * anew, which is the first event in it.
   *
   * @throws Error of the system or of SQLite when it can neither be opened nor made, or is of a later version
   */
  static open(path: string, options: { readonly node?: string; readonly now?: number } = {}): EventStore {
    const { node = hostname(), now = Date.now() } = options;
    const { db, broken } = openEventDatabase(path, now);
    const store = new EventStore(db);
    if (broken !== undefined) {
      const text = `The history of events was damaged (${broken.why}): kept as ${broken.path}, and begun anew`;
      store.record({ time: now, node, kind: "history.broken", text, data: { path: broken.path } });
    }
    return store;
  }

  /**
   * Takes events in; those whose key is there already change nothing.
   *
   * @returns how many were new
   */
  add(events: readonly KeyedEvent[]): number {
    const insert = this.db.query(
      `INSERT INTO events (key, time, node, kind, severity, vm, subject, text, data, bytes)
       VALUES ($key, $time, $node, $kind, $severity, $vm, $subject, $text, $data, $bytes) ON CONFLICT (key) DO NOTHING`,
    );
    return this.db
      .transaction(() => {
        let count = 0;
        for (const { key, event } of events) count += insert.run(columns(key, event)).changes;
        return count;
      })
      .immediate();
  }

  /** Takes in one event that nobody else tells of. */
  record(event: NewEvent): void {
    this.add([{ key: crypto.randomUUID(), event }]);
  }

  /** The events that fit, the oldest first; with `after` in the order in which they were taken in. */
  query(filter: EventFilter = {}): readonly HavenEvent[] {
    const { vm, node, kind, since, until, after, limit = 1000 } = filter;
    const words: string[] = [];
    const values: Record<string, string | number> = { $limit: Math.max(0, Math.trunc(limit)) };
    const where = (word: string, name: string, value: string | number | undefined): void => {
      if (value === undefined) return;
      words.push(word);
      values[name] = value;
    };
    // A change may be of many VMs.
    const ofChange = "kind >= 'change.' AND kind < 'change/'";
    const named = "EXISTS (SELECT 1 FROM json_each(events.data, '$.vms') AS named WHERE named.value = $vm)";
    where(`(vm = $vm OR (${ofChange} AND ${named}))`, "$vm", vm);
    const ofPeople = auditKinds
      .map((prefix) => `(kind >= '${prefix}' AND kind < '${prefix}\u{10ffff}')`)
      .join(" OR ");
    if (filter.withoutChanges === true) words.push(`NOT (${ofPeople})`);
    if (filter.onlyAudit === true) words.push(`(${ofPeople})`);
    where("node = $node", "$node", node);
    where("kind >= $kind", "$kind", kind);
    where("kind < $kindEnd", "$kindEnd", kind === undefined ? undefined : `${kind}\u{10ffff}`);
    where("time >= $since", "$since", since);
    where("time < $until", "$until", until);
    where("id > $after", "$after", after);
    const order = after === undefined ? "time DESC, id DESC" : "id";
    const condition = words.length === 0 ? "" : `WHERE ${words.join(" AND ")}`;
    const rows = this.db
      .query<EventRow, Record<string, string | number>>(
        `SELECT ${eventColumns} FROM events ${condition}
         ORDER BY ${order} LIMIT $limit`,
      )
      .all(values);
    const events = rows.map(eventOfRow);
    return after === undefined ? events.reverse() : events;
  }

  /** The number of what was taken in last, from which to follow; 0 before anything was. */
  lastId(): number {
    const row = this.db.query<{ id: number | null }, []>("SELECT MAX(id) AS id FROM events").get();
    return row?.id ?? 0;
  }

  /** Forgets what is too old or too much, the oldest first, and gives its space back. @returns how many */
  prune(now: number, retention?: EventRetention): number {
    return pruneEvents(this.db, now, retention);
  }

  close(): void {
    this.db.close();
  }
}

function columns(key: string, event: NewEvent): Record<string, string | number | null> {
  const { time, node, kind, vm = null, subject = null, text, data } = event;
  const json = data === undefined ? null : JSON.stringify(data);
  const size = Buffer.byteLength([key, node, kind, vm, subject, text, json].join(""));
  return {
    $key: key,
    $time: time,
    $node: node,
    $kind: kind,
    $severity: eventSeverity(kind),
    $vm: vm,
    $subject: subject,
    $text: text,
    $data: json,
    $bytes: size + rowBytes,
  };
}
