import type { Cib } from "../pacemaker/cib.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import { Room } from "./room.ts";
import type { Moment } from "./why-not-there.ts";

/** The cluster as it is: nothing lost, nothing drained. @param room Of the same configuration, where it is known already */
export function momentNow(
  cib: Cib,
  status: Moment["status"] & Pick<ClusterStatus, "resources">,
  room = new Room(cib),
): Moment {
  const none: ReadonlySet<string> = new Set();
  return { cib, status, room, lost: none, drained: none, places: placesIn(status) };
}

/** Where each resource runs. Of one that moves, where it comes from. */
function placesIn(status: Pick<ClusterStatus, "resources">): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  for (const { id, nodes, active } of status.resources) {
    const [node] = nodes;
    if (active && node !== undefined && !places.has(id)) places.set(id, node);
  }
  return places;
}
