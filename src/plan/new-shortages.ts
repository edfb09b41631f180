import type { Cib } from "../pacemaker/cib.ts";
import type { Transition } from "../pacemaker/simulate.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import { vmNameOf } from "../vm/names.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { momentNow } from "./moment-now.ts";
import { QuickLosses, type QuickVm } from "./quick-losses.ts";
import { placesAfter } from "./vm-outcomes.ts";
import type { Moment } from "./why-not-there.ts";

/** A node whose loss a change makes one that is not survived. */
export interface NewShortage {
  readonly node: string;
  /** To be read after "if it were lost": "its VMs need …". */
  readonly why: string;
}

/**
 * The nodes whose VMs could all find room elsewhere before a change, for all that sums say, and certainly cannot after it.
 * None where Pacemaker does not count what there is.
 */
export function newShortages(
  status: ClusterStatus,
  { before, after }: { readonly before: Cib; readonly after: Cib },
  transition: Transition,
): readonly NewShortage[] {
  const then = momentNow(after, status);
  if (!then.room.counts) return [];
  const now = momentNow(before, status);
  const was = lossesOf(now);
  const is = lossesOf({ ...then, places: placesAfter(now.places, transition) });
  return status.nodes.flatMap(({ name, online, type }): readonly NewShortage[] => {
    if (!online || type !== "member" || was.of([name]).answer === "short") return [];
    const said = is.of([name]);
    return said.answer === "short" ? [{ node: name, why: said.why }] : [];
  });
}

function lossesOf(moment: Moment): QuickLosses {
  const vms = vmsInCib(moment.cib).map(({ resource, targetRole }): QuickVm => {
    const node = moment.places.get(resource);
    return {
      ...{ name: vmNameOf(resource) ?? resource, resource, nodes: node === undefined ? [] : [node] },
      wanted: targetRole === "Stopped" ? "stopped" : "running",
    };
  });
  return new QuickLosses(moment, vms);
}
