import { isHavenError } from "../base/errors.ts";
import { isOn } from "../pacemaker/is-on.ts";
import type { Transition } from "../pacemaker/simulate.ts";
import { type CibChange, changeMoments, lossChanges, type SeenMoment } from "../plan/new-shortages.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import type { Environment } from "./environment.ts";
import { type FatalLoss, fatalLosses } from "./fatal-losses.ts";
import type { Harm } from "./guard-change.ts";
import type { LossWorld } from "./read-plan-world.ts";
import { vmViews } from "./vm-views.ts";
import { list } from "./wait-vms.ts";
import { worldAfter } from "./world-after.ts";

/** What a change takes away of the ability to lose a node. */
export interface LostCapacity {
  /** Nodes that could be lost before, and could not after it. */
  readonly lost: readonly Harm[];
  /** What was not found out, to be read beside the effect. */
  readonly notes: readonly string[];
}

/** A change is not held up for longer than that. */
const mostMs = 30_000;

/**
 * The nodes of which a change takes away that all VMs survive their loss: by sums where these are certain, else as the
 * scheduler says, for as long as a change may be held up. What is not known by then is told, and stops nothing.
 *
 * @param transition What follows from the change
 * @param limitMs For tests
 * @throws HavenError pacemaker.*, interrupted
 */
export async function lostCapacity(
  environment: Pick<Environment, "pacemaker" | "signal" | "progress" | "clock">,
  change: CibChange,
  transition: Transition,
  limitMs = mostMs,
): Promise<LostCapacity> {
  const { failCounts } = await environment.pacemaker.status({
    ...{ signal: environment.signal, attributes: false, fenceHistory: "none", bans: false },
  });
  const moments = changeMoments(change, transition, failCounts);
  const doubtful = lossChanges(moments, transition).filter(
    ({ was, is }) => was.answer !== "short" && is.answer !== "fits",
  );
  if (moments === undefined || doubtful.length === 0) return { lost: [], notes: [] };
  const certain = doubtful.filter(({ was, is }) => was.answer === "fits" && is.answer === "short");
  const lost: FatalLoss[] = certain.flatMap(({ node, is }) =>
    is.answer === "fits" ? [] : [{ node, why: is.why }],
  );
  const open = doubtful.filter((one) => !certain.includes(one)).map(({ node }) => node);
  const signal = AbortSignal.any([environment.signal, AbortSignal.timeout(limitMs)]);
  const bounded = { ...environment, signal };
  const notes: string[] = [];
  try {
    if (open.length > 0) environment.progress("Asking the scheduler what could be lost afterwards");
    const then = worldAfter(lossWorld(moments.changed, environment.clock.now()), transition);
    const fatal = await fatalLosses(bounded, then, open);
    const now = lossWorld(moments.now, environment.clock.now());
    const already = await fatalLosses(
      bounded,
      now,
      fatal.map(({ node }) => node),
    );
    lost.push(...fatal.filter(({ node }) => !already.some((one) => one.node === node)));
  } catch (error) {
    if (environment.signal.aborted || !signal.aborted) throw error;
    if (!isHavenError(error, "interrupted") && error !== signal.reason) throw error;
    notes.push(
      `Note: whether ${list(open)} could be lost after this was not found out in ${limitMs / 1000} s`,
    );
  }
  return { lost: lost.map(harmText), notes };
}

function harmText({ node, why }: FatalLoss): Harm {
  return { name: node, why: `could not be lost without harm after this: ${why}`, hint: undefined };
}

function lossWorld(moment: SeenMoment, now: number): LossWorld {
  const { cib, status } = moment;
  const seen = { ...status, failures: [], maintenance: isOn(cib.property("maintenance-mode")) };
  return { cib, status, moment, quorum: undefined, vms: vmViews(vmsInCib(cib), [], seen, now) };
}
