import type { Cib } from "../pacemaker/cib.ts";
import { isOn } from "../pacemaker/is-on.ts";
import type { Members } from "../pacemaker/read-members.ts";
import type { Transition } from "../pacemaker/simulate.ts";
import type { FailCount } from "../pacemaker/status.ts";
import { vmNameOf } from "../vm/names.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { momentNow } from "./moment-now.ts";
import { type QuickAnswer, QuickLosses, type QuickVm } from "./quick-losses.ts";
import { placesAfter } from "./vm-outcomes.ts";
import type { Moment } from "./why-not-there.ts";

/** A node whose loss a change makes one that is not survived. */
export interface NewShortage {
  readonly node: string;
  /** To be read after "if it were lost": "its VMs need …". */
  readonly why: string;
}

/** What sums say of a node's loss, without and with a change. */
export interface LossChange {
  readonly node: string;
  readonly was: QuickAnswer;
  readonly is: QuickAnswer;
}

/** A configuration before and after a change. */
export interface CibChange {
  readonly before: Cib;
  readonly after: Cib;
}

/**
 * The nodes whose VMs could all find room elsewhere before a change, for all that sums say, and certainly cannot after it.
 * None where Pacemaker does not count what there is.
 */
export function newShortages(change: CibChange, transition: Transition): readonly NewShortage[] {
  // Failures do not matter to what is short for certain.
  return lossChanges(changeMoments(change, transition, []), transition).flatMap(({ node, was, is }) =>
    was.answer !== "short" && is.answer === "short" ? [{ node, why: is.why }] : [],
  );
}

/** What sums say of the loss of each node that is there; none where Pacemaker does not count what there is. */
export function lossChanges(
  moments: ChangeMoments | undefined,
  transition: Transition,
): readonly LossChange[] {
  if (moments === undefined || !moments.changed.room.counts) return [];
  const { now, changed } = moments;
  const was = lossesOf(now);
  const is = lossesOf({ ...changed, places: placesAfter(now.places, transition) });
  const nodes = transition.given?.nodes ?? [];
  return nodes.flatMap(({ name, online, type }): readonly LossChange[] =>
    online && type === "member" ? [{ node: name, was: was.of([name]), is: is.of([name]) }] : [],
  );
}

/** The cluster with the configuration as it is, and at the same moment with the one that it is to have. */
export interface ChangeMoments {
  readonly now: SeenMoment;
  readonly changed: SeenMoment;
}

/**
 * A change as one moment, before and after; undefined where the scheduler has not told what it was given.
 *
 * @param failCounts The scheduler does not tell them: without them what has failed somewhere counts as fitting there
 */
export function changeMoments(
  { before, after }: CibChange,
  { given }: Transition,
  failCounts: readonly FailCount[],
): ChangeMoments | undefined {
  if (given === undefined) return undefined;
  const { resources } = given;
  const was = { nodes: asBefore(given.nodes, before, after), resources, failCounts };
  const is = { nodes: given.nodes, resources, failCounts };
  return {
    now: { ...momentNow(before, was), status: was },
    changed: { ...momentNow(after, is), status: is },
  };
}

/** A moment as the scheduler has seen it. */
export interface SeenMoment extends Moment {
  readonly status: Moment["status"] & Pick<Members, "resources">;
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
