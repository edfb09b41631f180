import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { HavenError } from "../base/errors.ts";
import { type LabSettings, labSettings } from "./settings.ts";

/** What the lab writes down before it makes anything, so that `lab down` finds all of it. */
export interface LabState {
  readonly version: 1;
  readonly settings: LabSettings;
  /** The node image's directory; undefined until it is known. */
  readonly image?: string;
  readonly created: string;
  /** What the lab's passwords are made of. */
  readonly secret: string;
}

function statePath(dir: string): string {
  return `${dir}/state.json`;
}

/** The lock of a lab; beside its directory, since that goes away. */
export function labLockPath(settings: Pick<LabSettings, "dir">): string {
  return `${settings.dir}.lock`;
}

/**
 * The lab in a directory, undefined when there is none.
 *
 * @throws HavenError lab.state
 */
export function readState(dir: string): LabState | undefined {
  const path = statePath(dir);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return undefined;
    if (code === "EACCES") throw new HavenError("not-root", { what: "haven lab", command: "haven lab …" });
    throw error;
  }
  try {
    const value = JSON.parse(text) as Partial<LabState>;
    if (value.version !== 1 || value.settings === undefined || typeof value.secret !== "string") {
      throw new Error("it is of another version");
    }
    const settings = labSettings(value.settings);
    const image = typeof value.image === "string" ? { image: value.image } : {};
    return { version: 1, settings, created: String(value.created), secret: value.secret, ...image };
  } catch (cause) {
    throw new HavenError("lab.state", { path, why: cause instanceof Error ? cause.message : String(cause) });
  }
}

/** Writes the lab's record, whole. */
export function writeState(state: LabState): void {
  writeWhole(statePath(state.settings.dir), `${JSON.stringify(state, null, 2)}\n`, 0o600);
}

/** Whether a file in a lab's directory is the record, or what a writer that died left of one. */
export function isRecordName(name: string): boolean {
  return name === "state.json" || /^state\.json\.\d+\.tmp$/.test(name);
}

/** Removes the lab's record. */
export function removeState(dir: string): void {
  for (const name of readdirSync(dir).filter(isRecordName)) rmSync(`${dir}/${name}`);
}

/** Writes a file so that readers see the old one or the new one, never a part. */
export function writeWhole(path: string, content: string | Uint8Array, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content, { mode });
  renameSync(temporary, path);
}
