import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Where the coordinator keeps what it gave to the scheduler. */
export const schedulerFolder = "/var/lib/pacemaker/pengine";

/** A file of the scheduler's input: the CIB as it was. */
export interface SchedulerInput {
  readonly path: string;
  readonly file: string;
  /** The number in its name; each of the three series counts by itself, and begins anew. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** What is larger is no input of the scheduler's. */
const maxBytes = 64 * 1024 * 1024;

/**
 * The inputs of the scheduler that this node has kept while it was the coordinator, the oldest first; none where it never
 * was. Source: pcmk_sched's write_out, pe-{input,warn,error}-N.bz2.
 */
export async function schedulerInputs(folder: string = schedulerFolder): Promise<readonly SchedulerInput[]> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
  const found: SchedulerInput[] = [];
  for (const file of names) {
    const [, number] = /^pe-(?:input|warn|error)-(\d{1,9})\.bz2$/.exec(file) ?? [];
    if (number === undefined) continue;
    const path = join(folder, file);
    try {
      const stat = await lstat(path);
      if (stat.isFile() && stat.size <= maxBytes) {
        found.push({ path, file, number: Number(number), time: Math.floor(stat.mtimeMs) });
      }
    } catch {
      // Gone meanwhile.
    }
  }
  return found.sort((a, b) => a.time - b.time || a.number - b.number);
}
