import type { Clock } from "../base/clock.ts";
import type { Snapshot, StatusKeeper } from "./status-keeper.ts";

/**
 * A cluster of many VMs that changes all the time is not waited for longer: what was known last is told, with its age. But
 * not what is from before a change that was made on this node: whoever made it, and looks, shall see it.
 */
const patienceMs = 1000;

/**
 * What the cluster is like, or was when it was last known, where that takes long to ask.
 *
 * @throws HavenError pacemaker.down and others
 */
export async function snapshotSoon(
  keeper: Pick<StatusKeeper, "current" | "last" | "holdsFrom">,
  clock: Clock,
): Promise<Snapshot> {
  const asked = keeper.current();
  const { last } = keeper;
  if (last === undefined || last.askedAt <= keeper.holdsFrom) return await asked;
  // Whoever comes next gets the answer, or the error, of this question.
  asked.catch(() => undefined);
  const late = clock.sleep(patienceMs).then(() => undefined);
  return (await Promise.race([asked, late])) ?? last;
}
