import type { Room } from "./room.ts";
import { type Moment, nodesOf, whyNotOpen } from "./why-not-there.ts";

/**
 * How often a set of resources fits into what is free in all, which no placement gets around; undefined where Pacemaker
 * counts nothing of what they ask for.
 *
 * @param room That knows what the resources ask for
 */
export function copiesBySums(moment: Moment, room: Room, resources: readonly string[]): number | undefined {
  if (!room.counts) return undefined;
  const free = nodesOf(moment)
    .filter((node) => whyNotOpen(moment, node) === undefined)
    .map((node) =>
      room.free(
        node,
        [...moment.places].filter(([, at]) => at === node).map(([resource]) => resource),
      ),
    );
  const asked = new Map<string, number>();
  for (const resource of resources) {
    for (const [kind, amount] of room.asks(resource)) asked.set(kind, (asked.get(kind) ?? 0) + amount);
  }
  let most = Number.POSITIVE_INFINITY;
  for (const [kind, amount] of asked) {
    const all = free.reduce((sum, node) => sum + Math.max(0, node.get(kind) ?? Number.POSITIVE_INFINITY), 0);
    if (amount > 0) most = Math.min(most, Math.floor(all / amount));
  }
  return Number.isFinite(most) ? most : undefined;
}
