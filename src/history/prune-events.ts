import type { Database } from "bun:sqlite";

/** What of the events is kept. */
export interface EventRetention {
  /** Milliseconds. */
  readonly maxAgeMs: number;
  /** Bytes of the file. */
  readonly maxBytes: number;
}

const defaultEventRetention: EventRetention = {
  maxAgeMs: 2 * 365 * 86_400_000,
  maxBytes: 64 * 1024 * 1024,
};

/**
 * When there is too much, each has its share: a guest that says something all the time does not push out what happened
 * to the others, nor all that happens who has changed what.
 */
const shares: readonly { readonly kinds: string; readonly share: number }[] = [
  { kinds: of("change"), share: 0.4 },
  // Somebody who guesses passwords fills only this.
  { kinds: of("login"), share: 0.05 },
  { kinds: of("guest"), share: 0.2 },
  { kinds: `NOT (${["change", "login", "guest"].map(of).join(" OR ")})`, share: 0.35 },
];

function of(group: string): string {
  return `(kind >= '${group}.' AND kind < '${group}/')`;
}

/**
 * Deletes events that are too old, and while the file is too large the oldest of what has more than its share; then
 * gives the space back to the file system.
 *
 * @returns how many were deleted
 */
export function pruneEvents(
  db: Database,
  now: number,
  { maxAgeMs, maxBytes }: EventRetention = defaultEventRetention,
): number {
  let deleted = db.query("DELETE FROM events WHERE time < $oldest").run({ $oldest: now - maxAgeMs }).changes;
  // What a row takes is an estimate: the goal is lowered until the file is small enough.
  for (let part = 0.9; usedBytes(db) > maxBytes && part > 0; part -= 0.1) {
    const goal = maxBytes * part;
    deleted += db.transaction(() => cutDown(db, goal)).immediate();
  }
  if (deleted > 0) {
    db.run("PRAGMA incremental_vacuum");
    db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  return deleted;
}

/** Bytes of the pages that hold something. */
function usedBytes(db: Database): number {
  const one = (name: string): number =>
    db.query<{ [name: string]: number }, []>(`PRAGMA ${name}`).get()?.[name] ?? 0;
  return (one("page_count") - one("freelist_count")) * one("page_size");
}

function cutDown(db: Database, goal: number): number {
  let deleted = 0;
  for (const { kinds, share } of shares) {
    deleted += db
      .query(
        `DELETE FROM events WHERE id IN (SELECT id FROM (
           SELECT id, SUM(bytes) OVER (ORDER BY time DESC, id DESC) AS total FROM events WHERE ${kinds})
         WHERE total > $most)`,
      )
      .run({ $most: goal * share }).changes;
  }
  return deleted;
}
