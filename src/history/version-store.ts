import type { Database } from "bun:sqlite";
import { createHash } from "node:crypto";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { ConfigurationStamp } from "./configuration-stamp.ts";
import type { VmDefinition } from "./definition.ts";
import { formatOf, isBrokenDatabase, openWholeDatabase } from "./whole-database.ts";

/** A definition that a VM had from that configuration on. */
export interface VmVersion extends ConfigurationStamp {
  /**
   * Its number, the same on all nodes: the epoch of the configuration that brought it, after the admin_epoch where
   * that is not 0; `57-2` for the second one of that number, in a cluster that was set up anew.
   */
  readonly id: string;
  /** Undefined: the VM was removed with that configuration. */
  readonly definition: VmDefinition | undefined;
}

/** What of the history is kept. */
export interface Retention {
  /** Milliseconds. */
  readonly maxAgeMs: number;
  /** Versions of one VM. */
  readonly maxVersions: number;
  /** Bytes of all definitions together. */
  readonly maxBytes: number;
}

export const defaultRetention: Retention = {
  maxAgeMs: 2 * 365 * 86_400_000,
  maxVersions: 500,
  maxBytes: 256 * 1024 * 1024,
};

/** A file that was looked at: by these it is known again. */
export interface SeenFile {
  readonly name: string;
  readonly mtimeMs: number;
  readonly size: number;
}

interface Row {
  readonly written: number;
  readonly admin_epoch: number;
  readonly epoch: number;
  readonly origin: string | null;
  readonly client: string | null;
  readonly user: string | null;
  readonly digest: string | null;
  readonly definition: string | null;
}

const formatVersion = 1;

const schema = `
  CREATE TABLE IF NOT EXISTS configurations (
    written INTEGER NOT NULL, admin_epoch INTEGER NOT NULL, epoch INTEGER NOT NULL,
    origin TEXT, client TEXT, user TEXT,
    PRIMARY KEY (written, admin_epoch, epoch)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS versions (
    vm TEXT NOT NULL, written INTEGER NOT NULL, admin_epoch INTEGER NOT NULL, epoch INTEGER NOT NULL,
    origin TEXT, client TEXT, user TEXT, digest TEXT, definition TEXT,
    PRIMARY KEY (vm, written, admin_epoch, epoch));
  CREATE TABLE IF NOT EXISTS files (name TEXT PRIMARY KEY, mtime REAL NOT NULL, size INTEGER NOT NULL);
  PRAGMA user_version = ${formatVersion};
`;

/**
 * The versions of definitions that a node keeps, in an SQLite database. Each configuration is taken in once, in any
 * order; a version is where a VM's definition differs from the one before. Several processes may use it at once, and
 * one that is killed leaves it whole (write-ahead log, synchronous).
 */
export class VersionStore {
  private constructor(private readonly db: Database) {}

  /**
   * Opens the database, and makes it where there is none. One that cannot be read is put aside as PATH.broken and made
   * anew: what Pacemaker has kept is taken in again.
   *
   * @throws Error of the system or of SQLite when it can neither be opened nor made
   */
  static open(path: string, warn: (text: string) => void = () => undefined): VersionStore {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    try {
      return new VersionStore(openDatabase(path));
    } catch (error) {
      if (!isBrokenDatabase(error)) throw error;
      warn(`${path} is broken (${messageOf(error)}): kept as ${path}.broken, and begun anew`);
      for (const end of ["-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
      renameSync(path, `${path}.broken`);
      return new VersionStore(openDatabase(path));
    }
  }

  /**
   * Takes the definitions of one configuration in. The same one again changes nothing.
   *
   * @returns how many versions were new
   */
  record(stamp: ConfigurationStamp, definitions: ReadonlyMap<string, VmDefinition>): number {
    return this.db
      .transaction(() => (this.knows(stamp) ? 0 : this.recordNew(stamp, definitions)))
      .immediate();
  }

  private recordNew(stamp: ConfigurationStamp, definitions: ReadonlyMap<string, VmDefinition>): number {
    this.db
      .query("INSERT INTO configurations VALUES ($written, $admin, $epoch, $origin, $client, $user)")
      .run(columns(stamp));
    const next = this.configurationAfter(stamp);
    const names = new Set([...definitions.keys(), ...this.names()]);
    let count = 0;
    for (const vm of names) {
      const definition = definitions.get(vm);
      const text = definition === undefined ? null : JSON.stringify(definition);
      const digest = text === null ? null : createHash("sha256").update(text).digest("hex");
      const before = this.inForce(vm, stamp);
      if ((before?.digest ?? null) === digest) continue;
      // A configuration that was taken in already and follows this one still has what was in force before.
      if (next !== undefined) this.keepAt(vm, next, before, digest);
      this.insert(vm, stamp, digest, text);
      count += 1;
    }
    return count;
  }

  /** What was in force at a later configuration stays so when something is found to have been between. */
  private keepAt(
    vm: string,
    next: ConfigurationStamp,
    before: Row | undefined,
    between: string | null,
  ): void {
    const there = this.rowAt(vm, next);
    if (there === undefined) this.insert(vm, next, before?.digest ?? null, before?.definition ?? null);
    else if (there.digest === between) {
      this.db
        .query(
          "DELETE FROM versions WHERE vm = $vm AND (written, admin_epoch, epoch) = ($written, $admin, $epoch)",
        )
        .run({ $vm: vm, ...place(next) });
    }
  }

  private insert(vm: string, stamp: ConfigurationStamp, digest: string | null, text: string | null): void {
    this.db
      .query(
        "INSERT INTO versions VALUES ($vm, $written, $admin, $epoch, $origin, $client, $user, $digest, $text)",
      )
      .run({ $vm: vm, ...columns(stamp), $digest: digest, $text: text });
  }

  /** True when that configuration was taken in. */
  knows(stamp: ConfigurationStamp): boolean {
    const found = this.db
      .query("SELECT 1 FROM configurations WHERE (written, admin_epoch, epoch) = ($written, $admin, $epoch)")
      .get(place(stamp));
    return found !== null;
  }

  /** When the configurations of that number were written: more than one where Pacemaker has written it again. */
  writtenOf({ adminEpoch, epoch }: ConfigurationStamp): readonly number[] {
    return this.db
      .query<{ written: number }, Binding>(
        "SELECT written FROM configurations WHERE (admin_epoch, epoch) = ($admin, $epoch) ORDER BY written DESC",
      )
      .all({ $admin: adminEpoch, $epoch: epoch })
      .map(({ written }) => written);
  }

  /** True where one of no higher number is said to have been written later than it, and until then. */
  isFollowed(stamp: ConfigurationStamp, until: number): boolean {
    const found = this.db
      .query(
        `SELECT 1 FROM configurations WHERE written > $written AND written <= $until
         AND (admin_epoch, epoch) <= ($admin, $epoch) LIMIT 1`,
      )
      .get({ ...place(stamp), $until: until });
    return found !== null;
  }

  private configurationAfter(stamp: ConfigurationStamp): ConfigurationStamp | undefined {
    const row = this.db
      .query<Row, Binding>(
        `SELECT * FROM configurations WHERE (written, admin_epoch, epoch) > ($written, $admin, $epoch)
         ORDER BY written, admin_epoch, epoch LIMIT 1`,
      )
      .get(place(stamp));
    return row === null ? undefined : stampOf(row);
  }

  private inForce(vm: string, stamp: ConfigurationStamp): Row | undefined {
    const row = this.db
      .query<Row, Binding>(
        `SELECT * FROM versions WHERE vm = $vm AND (written, admin_epoch, epoch) <= ($written, $admin, $epoch)
         ORDER BY written DESC, admin_epoch DESC, epoch DESC LIMIT 1`,
      )
      .get({ $vm: vm, ...place(stamp) });
    return row ?? undefined;
  }

  private rowAt(vm: string, stamp: ConfigurationStamp): Row | undefined {
    const row = this.db
      .query<Row, Binding>(
        "SELECT * FROM versions WHERE vm = $vm AND (written, admin_epoch, epoch) = ($written, $admin, $epoch)",
      )
      .get({ $vm: vm, ...place(stamp) });
    return row ?? undefined;
  }

  /** All VMs that the history knows, also those that were removed. */
  names(): readonly string[] {
    return this.db
      .query<{ vm: string }, []>("SELECT DISTINCT vm FROM versions ORDER BY vm")
      .all()
      .map(({ vm }) => vm);
  }

  /** The versions of a VM, oldest first; the last one is how the VM is now. */
  versions(vm: string): readonly VmVersion[] {
    const rows = this.db
      .query<Row, Binding>("SELECT * FROM versions WHERE vm = $vm ORDER BY written, admin_epoch, epoch")
      .all({ $vm: vm });
    const seen = new Map<string, number>();
    return rows.map((row) => {
      const number = row.admin_epoch === 0 ? `${row.epoch}` : `${row.admin_epoch}.${row.epoch}`;
      const count = (seen.get(number) ?? 0) + 1;
      seen.set(number, count);
      const definition = row.definition === null ? undefined : (JSON.parse(row.definition) as VmDefinition);
      return { ...stampOf(row), id: count === 1 ? number : `${number}-${count}`, definition };
    });
  }

  /** The first configuration that is known; undefined before one was taken in. */
  begin(): ConfigurationStamp | undefined {
    const row = this.db
      .query<Row, []>("SELECT * FROM configurations ORDER BY written, admin_epoch, epoch LIMIT 1")
      .get();
    return row === null ? undefined : stampOf(row);
  }

  /** True for a file that `see` was told of, and that was not changed since. */
  hasSeen({ name, mtimeMs, size }: SeenFile): boolean {
    const found = this.db
      .query("SELECT 1 FROM files WHERE name = $name AND mtime = $mtime AND size = $size")
      .get({ $name: name, $mtime: mtimeMs, $size: size });
    return found !== null;
  }

  /** That file need not be looked at again. */
  see({ name, mtimeMs, size }: SeenFile): void {
    this.db
      .query("INSERT OR REPLACE INTO files VALUES ($name, $mtime, $size)")
      .run({ $name: name, $mtime: mtimeMs, $size: size });
  }

  /**
   * Forgets what is too old or too much, oldest first. The version in force stays whatever its age, unless the VM was
   * removed so long ago.
   */
  prune(now: number, { maxAgeMs, maxVersions, maxBytes }: Retention = defaultRetention): void {
    const oldest = now - maxAgeMs;
    const superseded = `SELECT *, ROW_NUMBER() OVER (PARTITION BY vm ORDER BY written DESC, admin_epoch DESC, epoch DESC) AS rank,
      SUM(LENGTH(definition)) OVER (ORDER BY written DESC, admin_epoch DESC, epoch DESC, vm) AS bytes FROM versions`;
    const forget = `DELETE FROM versions WHERE (vm, written, admin_epoch, epoch) IN
      (SELECT vm, written, admin_epoch, epoch FROM (${superseded})
       WHERE (rank > 1 AND (written < $oldest OR rank > $most OR bytes > $bytes)) OR (digest IS NULL AND written < $oldest))`;
    const last = `DELETE FROM configurations WHERE written < $oldest AND (written, admin_epoch, epoch) <
      (SELECT written, admin_epoch, epoch FROM configurations ORDER BY written DESC, admin_epoch DESC, epoch DESC LIMIT 1)`;
    this.db
      .transaction(() => {
        this.db.query(forget).run({ $oldest: oldest, $most: maxVersions, $bytes: maxBytes });
        this.db.query(last).run({ $oldest: oldest });
      })
      .immediate();
  }

  close(): void {
    this.db.close();
  }
}

type Binding = Readonly<Record<string, string | number | null>>;

function place({ written, adminEpoch, epoch }: ConfigurationStamp): Record<string, number> {
  return { $written: written, $admin: adminEpoch, $epoch: epoch };
}

function columns(stamp: ConfigurationStamp): Record<string, string | number | null> {
  const { origin = null, client = null, user = null } = stamp;
  return { ...place(stamp), $origin: origin, $client: client, $user: user };
}

function stampOf(row: Row): ConfigurationStamp {
  return {
    adminEpoch: row.admin_epoch,
    epoch: row.epoch,
    written: row.written,
    origin: row.origin ?? undefined,
    client: row.client ?? undefined,
    user: row.user ?? undefined,
  };
}

function openDatabase(path: string): Database {
  return openWholeDatabase(path, {
    setUp(db) {
      if (formatOf(db) > formatVersion) throw new Error(`${path} is of a later version of Haven`);
      db.run(schema);
    },
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
