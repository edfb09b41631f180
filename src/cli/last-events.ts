import type { HavenEvent } from "../contract/event.ts";
import type { EventFilter } from "../history/event-store.ts";
import { EventMerger, latest } from "../history/merge-events.ts";
import { pastMigrations } from "../history/past-migrations.ts";
import { ClusterHistories } from "./cluster-histories.ts";

const most = 20;
const mostMigrations = 1000;

/** What happened to a VM last, as the nodes that answer know it, the latest first. @throws as the histories do */
export async function eventsOfVm(vm: string, signal: AbortSignal): Promise<readonly HavenEvent[]> {
  return (await lastEvents({ vm, limit: most }, signal)).toReversed();
}

/** How long VMs have taken to migrate, the latest last. @throws as the histories do */
export async function lastMigrations(signal: AbortSignal): Promise<ReturnType<typeof pastMigrations>> {
  return pastMigrations(await lastEvents({ kind: "vm.migrated", limit: mostMigrations }, signal));
}

async function lastEvents(
  filter: EventFilter & { readonly limit: number },
  signal: AbortSignal,
): Promise<readonly HavenEvent[]> {
  const sources = new ClusterHistories();
  try {
    const { histories } = await sources.ask({ filter, from: undefined }, signal);
    return latest(new EventMerger().add(histories), filter.limit);
  } finally {
    sources.close();
  }
}
