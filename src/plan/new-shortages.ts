import type { Cib } from "../pacemaker/cib.ts";
import { isOn } from "../pacemaker/is-on.ts";
import type { Members } from "../pacemaker/read-members.ts";
import type { Transition } from "../pacemaker/simulate.ts";
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
  { before, after }: { readonly before: Cib; readonly after: Cib },
  transition: Transition,
): readonly NewShortage[] {
  const { given } = transition;
  if (given === undefined) return [];
  const then = momentNow(after, seen(given, given.nodes));
  if (!then.room.counts) return [];
  const now = momentNow(before, seen(given, asBefore(given.nodes, before, after)));
  const was = lossesOf(now);
  const is = lossesOf({ ...then, places: placesAfter(now.places, transition) });
  return given.nodes.flatMap(({ name, online, type }): readonly NewShortage[] => {
    if (!online || type !== "member" || was.of([name]).answer === "short") return [];
    const said = is.of([name]);
    return said.answer === "short" ? [{ node: name, why: said.why }] : [];
  });
}

/** Failures do not matter to what is short for certain. */
function seen({ resources }: Members, nodes: Members["nodes"]): Parameters<typeof momentNow>[1] {
  return { nodes, resources, failCounts: [] };
}

/** The scheduler was given nodes as they would be: what the change itself switches of them is taken back. */
function asBefore(nodes: Members["nodes"], before: Cib, after: Cib): Members["nodes"] {
  return nodes.map((node) => {
    const was = before.node(node.name)?.attributes;
    const is = after.node(node.name)?.attributes;
    const back = (name: "standby" | "maintenance"): boolean =>
      was?.get(name) === is?.get(name) ? node[name] : isOn(was?.get(name));
    return { ...node, standby: back("standby"), maintenance: back("maintenance") };
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
