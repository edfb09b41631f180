import type { Database } from "bun:sqlite";
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { formatOf, isBrokenDatabase, openWholeDatabase } from "./whole-database.ts";

/** What leads from one version of the tables to the next; the first makes them. Never changed, only added to. */
const steps: readonly string[] = [
  `CREATE TABLE events (
     id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, time INTEGER NOT NULL, node TEXT NOT NULL,
     kind TEXT NOT NULL, severity TEXT NOT NULL, vm TEXT, subject TEXT, text TEXT NOT NULL, data TEXT,
     bytes INTEGER NOT NULL);
   CREATE INDEX events_time ON events (time);
   CREATE INDEX events_vm ON events (vm, time) WHERE vm IS NOT NULL;
   CREATE INDEX events_node ON events (node, time);
   CREATE INDEX events_kind ON events (kind, time);`,
  // Nothing that has happened before there was mail is sent.
  `CREATE TABLE notices (event INTEGER NOT NULL, destination TEXT NOT NULL, PRIMARY KEY (event, destination))
     WITHOUT ROWID;
   CREATE TABLE notice_mark (id INTEGER PRIMARY KEY CHECK (id = 1), event INTEGER NOT NULL);
   INSERT INTO notice_mark SELECT 1, COALESCE(MAX(id), 0) FROM events;`,
];

/** The version of the tables that this Haven writes. */
export const eventFormat = steps.length;

/** How many broken files are kept, the latest. */
const mostBroken = 3;

export interface OpenedDatabase {
  readonly db: Database;
  /** Where the file was put that could not be read, and why it could not; undefined where all was well. */
  readonly broken: { readonly path: string; readonly why: string } | undefined;
}

/**
 * Opens the database of events, and makes it where there is none. One that is damaged is put aside under another name
 * with the time, and begun anew.
 *
 * @throws Error of the system or of SQLite when it can neither be opened nor made, or is of a later version
 */
export function openEventDatabase(path: string, now: number): OpenedDatabase {
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
  const seen = inode(path);
  try {
    return { db: open(path), broken: undefined };
  } catch (error) {
    if (!isBrokenDatabase(error)) throw error;
    const why = error instanceof Error ? error.message : String(error);
    // Another process may have put it aside meanwhile: what is there now is not what was found broken.
    const aside = seen === inode(path) ? putAside(path, now) : undefined;
    const db = open(path);
    return { db, broken: aside === undefined ? undefined : { path: aside, why } };
  }
}

function open(path: string): Database {
  return openWholeDatabase(path, { shrinks: true, setUp: (db) => migrate(db, path) });
}

function migrate(db: Database, path: string): void {
  if (formatOf(db) > eventFormat) throw new Error(`${path} is of a later version of Haven`);
  if (formatOf(db) === eventFormat) return;
  db.transaction(() => {
    // Another process may have done it while this one waited.
    for (const step of steps.slice(formatOf(db))) db.run(step);
    db.run(`PRAGMA user_version = ${eventFormat}`);
  }).immediate();
}

function inode(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

function putAside(path: string, now: number): string {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, "");
  const aside = `${path}.broken-${time}`;
  renameSync(path, aside);
  // What was written ahead belongs to it, and must not be played into the new one.
  for (const end of ["-wal", "-shm"]) {
    if (inode(`${path}${end}`) !== undefined) renameSync(`${path}${end}`, `${aside}${end}`);
  }
  const prefix = `${basename(path)}.broken-`;
  const all = readdirSync(dirname(path)).filter(
    (name) => name.startsWith(prefix) && !/-(wal|shm)$/.test(name),
  );
  for (const name of all.sort().slice(0, -mostBroken)) {
    for (const end of ["", "-wal", "-shm"]) rmSync(`${dirname(path)}/${name}${end}`, { force: true });
  }
  return aside;
}
