import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { normalUuid } from "../../base/normal-uuid.ts";
import { readProcEntry } from "../proc.ts";
import type { Identity } from "./identity.ts";

/** Below /run: gone with the node's boot, as its processes are. */
export const runFolder = "/run/haven";

/**
 * What this node's agent knows of a resource besides what Pacemaker hands it: whose process to look for when
 * the configuration can no longer be read, and whether a creation was begun whose outcome is unknown.
 */
export class Record {
  private readonly path: string;

  constructor(
    instance: string,
    private readonly folder: string = `${runFolder}/domains`,
  ) {
    this.path = `${folder}/${encodeURIComponent(instance)}`;
  }

  /** Where the identity is kept. */
  get file(): string {
    return `${this.path}.json`;
  }

  /** The identity that was kept, undefined when none was, or it cannot be read. */
  read(): Identity | undefined {
    const value = readJson(`${this.path}.json`);
    const uuid = normalUuid(String(value?.uuid ?? ""));
    if (uuid === undefined || typeof value?.name !== "string" || typeof value.type !== "string")
      return undefined;
    const emulator = typeof value.emulator === "string" ? value.emulator : undefined;
    return { uuid, name: value.name, type: value.type, emulator };
  }

  /** What this node remembers of all other resources. */
  others(): readonly Identity[] {
    let names: readonly string[] = [];
    try {
      names = readdirSync(this.folder).filter((name) => name.endsWith(".json"));
    } catch {
      // Nothing was ever kept.
    }
    return names
      .map((name) => new Record(decodeURIComponent(name.slice(0, -5)), this.folder))
      .filter((record) => record.path !== this.path)
      .map((record) => record.read())
      .filter((identity) => identity !== undefined);
  }

  /** Keeps whose domain this resource is. @throws Error of the system when it cannot be written */
  keep(identity: Identity): void {
    this.write(`${this.path}.json`, identity);
  }

  /** Before libvirt is asked to create: until `settled`, its outcome is unknown while one of these daemons lives. */
  creating(identity: Identity): void {
    this.keep(identity);
    this.write(`${this.path}.creating`, { uuid: identity.uuid, daemons: libvirtDaemons() });
  }

  /** libvirt said what came of the creation, or it certainly no longer happens. */
  settled(): void {
    remove(`${this.path}.creating`);
  }

  /** True while a creation may still happen: a daemon that was asked, and did not answer, lives. */
  mayStillCreate(): boolean {
    const value = readJson(`${this.path}.creating`);
    if (value === undefined) return false;
    if (!Array.isArray(value.daemons)) return true;
    return value.daemons.some((daemon: unknown) => {
      const { pid, startTime } = daemon as { pid?: unknown; startTime?: unknown };
      try {
        return readProcEntry("/proc", Number(pid))?.startTime === startTime;
      } catch {
        return true;
      }
    });
  }

  /** The process that migrates it away began; until `migrated` what came of it is not known. */
  migrating(): void {
    const startTime = readProcEntry("/proc", process.pid)?.startTime;
    this.write(`${this.path}.migrating`, { pid: process.pid, startTime });
  }

  /** The guest has moved: nobody has to look after it here. With `owner` only where that process's mark is left. */
  migrated(owner?: string): void {
    if (owner === undefined || this.migrationOwner() === owner) remove(`${this.path}.migrating`);
  }

  /** The process whose migration is recorded: its number and start time. */
  migrationOwner(): string | undefined {
    const value = readJson(`${this.path}.migrating`);
    return value === undefined ? undefined : `${value.pid} ${value.startTime}`;
  }

  /** Whether a migration was left without a good end, and whether the process that began it lives. */
  migration(): "none" | "running" | "left" {
    const value = readJson(`${this.path}.migrating`);
    if (value === undefined) return "none";
    try {
      const alive = readProcEntry("/proc", Number(value.pid))?.startTime === value.startTime;
      return alive ? "running" : "left";
    } catch {
      return "left";
    }
  }

  /** Counts failed migrations of the last hour, this one included. */
  migrationFailed(now: number): number {
    const value = readJson(`${this.path}.failures`);
    const times = Array.isArray(value?.times) ? value.times.map(Number) : [];
    const recent = [...times.filter((time) => now - time < 3_600_000), now].slice(-10);
    this.write(`${this.path}.failures`, { times: recent });
    return recent.length;
  }

  /** The domain does not run here: nothing has to be known any more. */
  forget(): void {
    for (const kind of ["creating", "json", "failures"]) remove(`${this.path}.${kind}`);
  }

  /** Leaves a word of what an action did for the alert agent, which runs as another user and may read only this. */
  note(action: string, text: string): void {
    this.write(`${this.path}.note`, { action, text, at: Date.now() }, 0o644);
  }

  /** What the last such action did; undefined when it left no word, or that is older than `maxAgeMs`. */
  lastNote(action: string, maxAgeMs: number): string | undefined {
    const value = readJson(`${this.path}.note`);
    const age = Date.now() - Number(value?.at);
    return value?.action === action && age >= 0 && age <= maxAgeMs ? String(value.text) : undefined;
  }

  private write(path: string, value: unknown, mode = 0o600): void {
    // Pacemaker's executor calls with a mask that takes the others' rights away.
    if (mkdirSync(this.folder, { recursive: true, mode: 0o755 }) !== undefined) chmodSync(this.folder, 0o755);
    const temporary = `${path}.${process.pid}`;
    writeFileSync(temporary, JSON.stringify(value), { mode: 0o600 });
    chmodSync(temporary, mode);
    renameSync(temporary, path);
  }
}

/** All daemons of libvirt that may carry a creation out. */
function libvirtDaemons(): readonly { readonly pid: number; readonly startTime: string }[] {
  const daemons: { pid: number; startTime: string }[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^[0-9]+$/.test(name)) continue;
    try {
      const entry = readProcEntry("/proc", Number(name));
      if (entry !== undefined && /^(libvirtd|virtqemud|virtlxcd|virtxend)$/.test(entry.comm)) {
        daemons.push({ pid: entry.pid, startTime: entry.startTime });
      }
    } catch {
      // Not readable by this user: then it is not root, and libvirt would not have let it create either.
    }
  }
  return daemons;
}

function readJson(path: string): { [key: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof value === "object" && value !== null ? (value as { [key: string]: unknown }) : {};
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return missing ? undefined : {};
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was not there, or /run is not ours to write: either way it says nothing false.
  }
}
