import type { ConfigurationStamp } from "./configuration-stamp.ts";
import type { VersionStore } from "./version-store.ts";

const minute = 60_000;
/** Zones differ from each other by a multiple of this. */
const zoneStep = 15 * minute;
/** And by no more than that. */
const mostShift = 26 * 60 * minute;
/** The clocks of a cluster's nodes may differ by that; a file is written soon after its configuration. */
const slack = minute;

/**
 * When a configuration was written. Pacemaker notes the local time of the node that writes, without its zone: where that
 * node has another zone than this one, or the clocks were just set back for the winter, what is read is wrong by a multiple
 * of a quarter of an hour, and configurations would be in the wrong order. It is put right where what is read cannot be:
 * later than its file, or earlier than a configuration that it follows.
 *
 * @param mtimeMs When this node had written its file, milliseconds since 1970
 */
export function trueStamp(
  stamp: ConfigurationStamp,
  mtimeMs: number,
  store: Pick<VersionStore, "knows" | "writtenOf" | "isFollowed">,
): ConfigurationStamp {
  const { written } = stamp;
  const late = mtimeMs - written;
  if (written === 0 || store.knows(stamp)) return stamp;
  // It was taken in already, and put right then.
  const same = store
    .writtenOf(stamp)
    .find((known) => Math.abs(known - written) <= mostShift && (known - written) % zoneStep === 0);
  if (same !== undefined) return { ...stamp, written: same };
  if (Math.abs(late) > mostShift) return stamp;
  if (late < -slack) {
    const shift = Math.round(late / zoneStep) * zoneStep;
    // A clock that is ahead is ahead by anything.
    return Math.abs(late - shift) <= slack ? { ...stamp, written: written + shift } : stamp;
  }
  // A node that joins writes what was written long before: that alone is nothing wrong.
  if (late < zoneStep || !store.isFollowed(stamp, mtimeMs)) return stamp;
  return { ...stamp, written: written + Math.floor((late + slack) / zoneStep) * zoneStep };
}
