import { closeSync, openSync, statSync, utimesSync } from "node:fs";

/** Its time is when a command that may change the cluster ended last on this node. */
export const changedMark = "/run/haven/changed";

/**
 * Leaves word for this node's daemon: what it was told of the cluster before now is not to be told any more. Whoever
 * changes something and then looks sees it, however busy the node is. Never throws: without a daemon nobody needs it.
 *
 * @param now Milliseconds since 1970
 */
export function markChanged(now: number, path = changedMark): void {
  try {
    closeSync(openSync(path, "a", 0o600));
    utimesSync(path, now / 1000, now / 1000);
  } catch {
    // There is no such folder, or it is not ours.
  }
}

/**
 * How long ago that was, in milliseconds; undefined when it has not been, and for a time to come, which is from before
 * the clock was put back.
 */
export function sinceChanged(now: number, path = changedMark): number | undefined {
  const at = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return at === undefined || at > now + 1 ? undefined : Math.max(0, now - at);
}
