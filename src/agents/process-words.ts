import { isGone, listNumbers, type ProcEntry, readProcEntry, readStrings } from "./proc.ts";
import { inTime, type Scan } from "./process-scan.ts";

/** The command line, of the process or of one of its threads; undefined when none of them shows it. */
export async function commandLine(entry: ProcEntry, scan: Scan): Promise<readonly string[] | undefined> {
  const own = await inTime(`${scan.root}/${entry.pid}/cmdline`, scan.until, readStrings);
  // No answer: its threads would wait for the same lock. Only one that is ending shows an empty line.
  if (own === undefined || own.length > 0) return own;
  let threads: readonly number[] = [];
  try {
    threads = listNumbers(`${scan.root}/${entry.pid}/task`).filter((thread) => thread !== entry.pid);
  } catch {
    return undefined;
  }
  for (const thread of threads.slice(0, 64)) {
    const path = `${scan.root}/${entry.pid}/task/${thread}/cmdline`;
    const words = await inTime(path, scan.until, readStrings);
    if (words !== undefined && words.length > 0) return words;
  }
  return undefined;
}

/** Gone, or all that is left is an entry for its parent to collect: no thread of it can do anything any more. */
export function hasEnded(entry: ProcEntry, root: string): boolean {
  try {
    const now = readProcEntry(root, entry.pid);
    if (now === undefined || now.startTime !== entry.startTime) return true;
    if (now.state !== "Z" && now.state !== "X") return false;
    return listNumbers(`${root}/${entry.pid}/task`).length <= 1;
  } catch (error) {
    return isGone(error);
  }
}
