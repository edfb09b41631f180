import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { printError } from "../base/errors.ts";
import { Cib } from "../pacemaker/cib.ts";
import { configurationStamp } from "./configuration-stamp.ts";
import { definitionsIn, type VmDefinition } from "./definition.ts";
import { trueStamp } from "./true-stamp.ts";
import type { SeenFile, VersionStore } from "./version-store.ts";

/** Where Pacemaker keeps the configuration, and up to 100 of those before it (cib-0.raw to cib-99.raw). */
export const pacemakerFolder = "/var/lib/pacemaker/cib";

/** What is larger is no configuration of Pacemaker's. */
const maxBytes = 128 * 1024 * 1024;

export interface TakenIn {
  /** Files that were read. */
  readonly files: number;
  /** Versions that were not known. */
  readonly versions: number;
}

export interface TakeInOptions {
  readonly folder?: string;
  readonly warn?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Takes the configurations in that Pacemaker has kept on this node: they came from every node and every program. Only
 * files that are new are read, the oldest first. One that cannot be read is left out with a warning.
 */
export async function takeIn(store: VersionStore, options: TakeInOptions = {}): Promise<TakenIn> {
  const { folder = pacemakerFolder, warn = () => undefined, signal } = options;
  const files = (await filesIn(folder)).filter((file) => !store.hasSeen(file));
  let versions = 0;
  let before: Section | undefined;
  for (const file of files) {
    if (signal?.aborted) break;
    const path = join(folder, file.name);
    try {
      const text = await readFile(path, "utf8");
      before = sectionOf(text, before);
      const stamp = trueStamp(configurationStamp(headOf(text)), file.mtimeMs, store);
      versions += store.record(stamp, before.definitions);
    } catch (error) {
      // Gone since it was listed: Pacemaker has begun its round anew.
      if (error instanceof Error && "code" in error && error.code === "ENOENT") continue;
      warn(`${path} is left out of the history: ${printError(error)}`);
    }
    store.see(file);
  }
  return { files: files.length, versions };
}

/** The resources of a configuration as text, and the definitions in it. */
interface Section {
  readonly text: string;
  readonly definitions: ReadonlyMap<string, VmDefinition>;
}

/** Most configurations differ in something else: the whole text is read only where the resources differ. */
function sectionOf(text: string, before: Section | undefined): Section {
  const from = text.indexOf("<resources");
  const to = text.indexOf("</resources>");
  const section = from < 0 || to < 0 ? text : text.slice(from, to);
  return section === before?.text ? before : { text: section, definitions: definitionsIn(Cib.parse(text)) };
}

/** The root element alone. @throws HavenError xml.invalid for what is no CIB */
function headOf(text: string): Cib {
  const start = text.indexOf("<cib");
  const end = text.indexOf(">", start);
  // Pacemaker writes no ">" into an attribute.
  return Cib.parse(start < 0 || end < 0 ? text : `${text.slice(start, end).replace(/\/$/, "")}/>`);
}

/** The files of configurations, the oldest first. */
async function filesIn(folder: string): Promise<readonly SeenFile[]> {
  let names: readonly string[];
  try {
    names = (await readdir(folder)).filter((name) => /^cib(-\d+\.raw|\.xml)$/.test(name));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
  const found: SeenFile[] = [];
  for (const name of names) {
    try {
      const stat = await lstat(join(folder, name));
      const { mtimeMs, size } = stat;
      if (stat.isFile() && size <= maxBytes) found.push({ name, mtimeMs, size });
    } catch {
      // Gone meanwhile.
    }
  }
  return found.sort((one, other) => one.mtimeMs - other.mtimeMs);
}
