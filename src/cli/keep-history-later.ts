import { mkdirSync, statSync } from "node:fs";
import { spawnDetached } from "../base/exec.ts";
import { historyMarker, keepHistoryWord } from "../history/history-paths.ts";

/** Pacemaker's folder, which changes with every configuration. */
const watched = "/var/lib/pacemaker/cib";

/**
 * Has a process of its own take the new configurations in, so that no command waits for it. Two looks at the file
 * system where there are none, which is most often.
 */
export function keepHistoryLater(): void {
  try {
    const changed = statSync(watched, { throwIfNoEntry: false })?.mtimeMs;
    const seen = statSync(historyMarker, { throwIfNoEntry: false })?.mtimeMs;
    if (changed === undefined || (seen !== undefined && seen >= changed)) return;
    mkdirSync("/run/haven", { recursive: true, mode: 0o755 });
    spawnDetached([process.execPath, keepHistoryWord], { outputFile: "/run/haven/history.log" });
  } catch {
    // The next command, or one that asks for versions, takes them in.
  }
}
