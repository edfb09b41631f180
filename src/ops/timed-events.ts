import type { EventReport } from "../contract/event.ts";
import type { EventFilter } from "../history/event-store.ts";

/** What the histories tell, and which could not be read. */
export type ToldEvents = Pick<EventReport, "events" | "silent">;

/** What the histories tell of operations and fencing. */
export type PastEvents = () => Promise<ToldEvents>;

/** The kinds that tell how long something took, and so many of the latest of each. */
const kinds: Readonly<Record<string, number>> = {
  ...{ "vm.": 10_000, "resource.failed": 1000, "node.": 1000, "fence.": 1000 },
};

/** Asks the histories for what tells how long operations and fencing took. */
export async function timedEvents(
  ask: (filter: EventFilter & { readonly limit: number }) => Promise<ToldEvents>,
): Promise<ToldEvents> {
  const told: ToldEvents[] = [];
  for (const [kind, limit] of Object.entries(kinds)) told.push(await ask({ kind, limit }));
  const silent = new Map(told.flatMap((one) => one.silent.map((node) => [node.node, node] as const)));
  return { events: told.flatMap(({ events }) => events), silent: [...silent.values()] };
}
