import type { HavenEvent } from "../contract/event.ts";
import { EventMerger, latest } from "../history/merge-events.ts";
import { ClusterHistories } from "./cluster-histories.ts";

const most = 20;

/** What happened to a VM last, as the nodes that answer know it, the latest first. @throws as the histories do */
export async function eventsOfVm(vm: string, signal: AbortSignal): Promise<readonly HavenEvent[]> {
  const sources = new ClusterHistories();
  try {
    const filter = { vm, limit: most };
    const { histories } = await sources.ask({ filter, from: undefined }, signal);
    return latest(new EventMerger().add(histories), most).toReversed();
  } finally {
    sources.close();
  }
}
