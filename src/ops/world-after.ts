import type { VmView } from "../contract/vm-view.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { Transition } from "../pacemaker/simulate.ts";
import { playTransition } from "../plan/play-transition.ts";
import { Room } from "../plan/room.ts";
import { placesAfter } from "../plan/vm-outcomes.ts";
import { movesInCib } from "../vm/move-constraint.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import type { PlanWorld } from "./read-plan-world.ts";
import { vmViews } from "./vm-views.ts";

/**
 * The cluster with another configuration, at the same moment: nothing has moved yet. VMs that only that configuration has
 * do not run.
 */
export function worldWith(world: PlanWorld, cib: Cib, now: number): PlanWorld {
  const entries = vmsInCib(cib);
  const moves = movesInCib(cib);
  const moment = { ...world.moment, cib, room: new Room(cib) };
  return { ...world, cib, entries, moves, vms: vmViews(entries, moves, world.status, now), moment };
}

/** The cluster once what follows has happened, all of it well: from there the next thing can be thought of. */
export function worldAfter<T extends Pick<PlanWorld, "cib" | "vms" | "moment">>(
  world: T,
  transition: Transition,
): T {
  const cib = playTransition(world.cib, transition);
  const places = placesAfter(world.moment.places, transition);
  const vms = world.vms.map((vm): VmView => {
    const node = places.get(vm.resource);
    if (node === undefined) return { ...vm, state: vm.state === "running" ? "stopped" : vm.state, nodes: [] };
    return node === vm.nodes[0] ? vm : { ...vm, state: "running", nodes: [node] };
  });
  return { ...world, cib, vms, moment: { ...world.moment, cib, places } };
}
