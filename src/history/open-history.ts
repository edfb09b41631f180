import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { HavenError } from "../base/errors.ts";
import { historyMarker, historyPath } from "./history-paths.ts";
import { takeIn } from "./take-in.ts";
import { VersionStore } from "./version-store.ts";

export interface OpenHistoryOptions {
  readonly warn: (text: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * This node's history, with what Pacemaker has kept taken in.
 *
 * @throws HavenError history.unusable
 */
export async function openHistory(options: OpenHistoryOptions): Promise<VersionStore> {
  let store: VersionStore | undefined;
  try {
    mkdirSync(dirname(historyPath), { recursive: true, mode: 0o700 });
    // Before: what is written meanwhile is looked at again.
    mark(new Date());
    store = VersionStore.open(historyPath, options.warn);
    const { versions } = await takeIn(store, options);
    if (versions > 0) store.prune(Date.now());
    return store;
  } catch (cause) {
    store?.close();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HavenError("history.unusable", { path: historyPath, why }, { cause });
  }
}

function mark(now: Date): void {
  writeFileSync(historyMarker, "", { mode: 0o600 });
  utimesSync(historyMarker, now, now);
}
