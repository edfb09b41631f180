import { exec } from "../base/exec.ts";
import { keepHistoryWord } from "../history/history-paths.ts";
import { type OpenHistoryOptions, openHistory } from "../history/open-history.ts";
import type { VersionStore } from "../history/version-store.ts";

const takeInMs = 120_000;

/**
 * This node's history of definitions, with what Pacemaker has kept taken in. A process of its own reads those files, a
 * hundred at times: the daemon has to hear of a VM's end meanwhile. What that one has left is taken in here.
 *
 * @throws HavenError history.unusable, interrupted
 */
export async function historyForApi(options: OpenHistoryOptions): Promise<VersionStore> {
  const { signal } = options;
  await exec([process.execPath, keepHistoryWord], {
    timeoutMs: takeInMs,
    ...(signal === undefined ? {} : { signal }),
  });
  return await openHistory(options);
}
