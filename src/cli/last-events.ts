import { hostname } from "node:os";
import { isHavenError, printError } from "../base/errors.ts";
import type { ClusterEvent, HavenEvent } from "../contract/event.ts";
import type { EventFilter } from "../history/event-store.ts";
import { EventMerger, latest } from "../history/merge-events.ts";
import { type ToldEvents, timedEvents } from "../ops/timed-events.ts";
import { ClusterHistories } from "./cluster-histories.ts";

const most = 20;
/** A node's VMs tell much: what it was fenced for must be among it. */
const mostOfNode = 200;
const mostMigrations = 1000;

/** What happened to a VM last, as the nodes that answer know it, the latest first. @throws as the histories do */
export async function eventsOfVm(vm: string, signal: AbortSignal): Promise<readonly HavenEvent[]> {
  return (await lastEvents({ vm, limit: most }, signal)).toReversed();
}

/** What happened on and to a node last, as the nodes that answer know it, the latest first. @throws as the histories do */
export async function eventsOfNode(node: string, signal: AbortSignal): Promise<readonly HavenEvent[]> {
  return (await lastEvents({ node, limit: mostOfNode }, signal)).toReversed();
}

/** The migrations that have taken place, the latest last. @throws as the histories do */
export async function lastMigrations(signal: AbortSignal): Promise<readonly HavenEvent[]> {
  return await lastEvents({ kind: "vm.migrated", limit: mostMigrations }, signal);
}

/** What the histories tell of how long operations and fencing took. Where they cannot be read, Pacemaker's status is left. */
export async function timedHistories(signal: AbortSignal): Promise<ToldEvents> {
  try {
    return await timedEvents((filter) => told(filter, signal));
  } catch (error) {
    if (isHavenError(error, "interrupted")) throw error;
    return { events: [], silent: [{ node: hostname(), why: printError(error) }] };
  }
}

/** The last events that fit, the oldest first. @throws as the histories do */
export async function lastEvents(
  filter: LimitedFilter,
  signal: AbortSignal,
): Promise<readonly ClusterEvent[]> {
  return (await told(filter, signal)).events;
}

type LimitedFilter = EventFilter & { readonly limit: number };

async function told(filter: LimitedFilter, signal: AbortSignal): Promise<ToldEvents> {
  const sources = new ClusterHistories();
  try {
    const { histories, silent } = await sources.ask({ filter, from: undefined }, signal);
    return { events: latest(new EventMerger().add(histories), filter.limit), silent };
  } finally {
    sources.close();
  }
}
