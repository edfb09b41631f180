import { HavenError, isHavenError } from "../base/errors.ts";
import { isDown } from "../contract/is-down.ts";
import type { FailurePlan } from "../contract/plan-report.ts";
import { keepsQuorum } from "../plan/keeps-quorum.ts";
import { loseNodes } from "../plan/lose-nodes.ts";
import { QuickLosses } from "../plan/quick-losses.ts";
import { vmOutcomes } from "../plan/vm-outcomes.ts";
import type { Environment } from "./environment.ts";
import { otherEffects } from "./other-effects.ts";
import { checkOnline, type LossWorld, readPlanWorld } from "./read-plan-world.ts";

/**
 * What follows when nodes are lost at once, as Pacemaker's scheduler says.
 *
 * @throws HavenError cib.not-found, plan.refused, pacemaker.*
 */
export async function planFail(
  environment: Environment,
  options: { readonly nodes: readonly string[] },
): Promise<FailurePlan> {
  environment.progress("Asking for the cluster's state");
  const world = await readPlanWorld(environment);
  const lost = [...new Set(options.nodes)];
  checkOnline(world, lost);
  environment.progress(`Asking the scheduler what follows when ${lost.join(", ")} is lost`);
  return await failurePlan(environment, world, lost);
}

/** What follows from a loss, in a world that was read before. */
export async function failurePlan(
  { pacemaker, signal }: Pick<Environment, "pacemaker" | "signal">,
  world: LossWorld,
  lost: readonly string[],
): Promise<FailurePlan> {
  const { cib, vms, quorum, moment } = world;
  const remains = keepsQuorum(world, quorum, lost);
  const asked = pacemaker.simulate(loseNodes(cib, lost, remains).toXml(), { signal });
  const transition = await asked.catch((error: unknown) => {
    throw noAnswer(world, lost, remains, error);
  });
  const planned = vmOutcomes(vms, transition, { ...moment, lost: new Set(lost) });
  const ran = new Set(vms.filter(({ nodes }) => nodes.length > 0).map(({ name }) => name));
  const ends = planned.filter(isDown);
  return {
    lost,
    quorum: remains,
    fenced: transition.fenced,
    vms: [...ends, ...planned.filter((vm) => !ends.includes(vm))],
    // Who is fenced stands by itself.
    others: otherEffects({ ...transition, fenced: [] }, vms),
    survived: remains && !ends.some(({ name }) => ran.has(name)),
  };
}

/** Where the scheduler does not answer, what sums say is still known. What was broken off stays so. */
function noAnswer(world: LossWorld, lost: readonly string[], quorum: boolean, cause: unknown): unknown {
  if (!isHavenError(cause) || cause.code === "interrupted") return cause;
  const said = new QuickLosses(world.moment, world.vms).of(lost);
  const sums =
    said.answer === "fits"
      ? "by sums all VMs find room"
      : `${said.answer === "short" ? "by sums not all VMs find room" : "sums do not tell"}: ${said.why}`;
  const votes = quorum ? "those that are left have quorum" : "those that are left have no quorum";
  const known = [`${votes}; ${sums}`, ...(cause.hint === undefined ? [] : [cause.hint])].join(". ");
  return new HavenError("plan.no-answer", { nodes: lost.join(", "), known }, { cause });
}
