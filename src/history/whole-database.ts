import { Database } from "bun:sqlite";
import { chmodSync } from "node:fs";

class BrokenError extends Error {}

export interface WholeDatabaseOptions {
  /** Its free space can be given back; counts only for one that is made by this. */
  readonly shrinks?: boolean;
  /** Makes its tables, or brings them to this version. */
  readonly setUp: (db: Database) => void;
}

/**
 * Opens an SQLite database of root's alone, and makes it where there is none: what was committed outlives kills and power
 * cuts, and several processes may use it at once.
 *
 * @throws Error, of which `isBrokenDatabase` says whether the file is damaged
 */
export function openWholeDatabase(path: string, { shrinks = false, setUp }: WholeDatabaseOptions): Database {
  const db = new Database(path, { create: true, readwrite: true });
  try {
    chmodSync(path, 0o600);
    db.run("PRAGMA busy_timeout = 10000");
    if (shrinks) db.run("PRAGMA auto_vacuum = INCREMENTAL");
    const check = db.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get()?.quick_check;
    if (check !== "ok") throw new BrokenError(check ?? "it cannot be checked");
    db.run("PRAGMA journal_mode = WAL");
    db.run("PRAGMA synchronous = FULL");
    setUp(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** SQLite says that the file is damaged, or none of its own. */
export function isBrokenDatabase(error: unknown): boolean {
  if (error instanceof BrokenError) return true;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code.startsWith("SQLITE_CORRUPT") || code.startsWith("SQLITE_NOTADB");
}

/** The version of its tables, as a store has noted it; 0 before it has. */
export function formatOf(db: Database): number {
  return db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
}
