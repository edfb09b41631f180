import { availableParallelism } from "node:os";
import { isDown } from "../contract/is-down.ts";
import type { PlannedVm } from "../contract/plan-report.ts";
import { keepsQuorum } from "../plan/keeps-quorum.ts";
import { QuickLosses } from "../plan/quick-losses.ts";
import type { Environment } from "./environment.ts";
import { failurePlan } from "./plan-fail.ts";
import type { LossWorld } from "./read-plan-world.ts";
import { list } from "./wait-vms.ts";

/** A node whose loss not every VM survives. */
export interface FatalLoss {
  readonly node: string;
  /** To be read after "if it were lost": "web1 would run nowhere". */
  readonly why: string;
}

export interface FatalLossOptions {
  /** End with the first one that is found. */
  readonly first?: boolean;
  /** How many scheduler runs at once: as many as there are processors unless given. */
  readonly atOnce?: number;
}

/**
 * Which of those nodes cannot be lost: by arithmetic where that is certain, else as the scheduler says.
 *
 * @throws HavenError pacemaker.*, interrupted
 */
export async function fatalLosses(
  environment: Pick<Environment, "pacemaker" | "signal">,
  world: LossWorld,
  nodes: readonly string[],
  { first = false, atOnce = availableParallelism() }: FatalLossOptions = {},
): Promise<readonly FatalLoss[]> {
  const quick = new QuickLosses(world.moment, world.vms);
  const found: FatalLoss[] = [];
  const open: string[] = [];
  for (const node of nodes) {
    const said = quick.of([node]);
    if (!keepsQuorum(world, world.quorum, [node])) {
      found.push({ node, why: "those that are left have no quorum" });
    } else if (said.answer === "short") found.push({ node, why: said.why });
    else if (said.answer === "unknown") open.push(node);
  }
  for (let at = 0; at < open.length && !(first && found.length > 0); at += atOnce) {
    environment.signal.throwIfAborted();
    const asked = open.slice(at, at + atOnce).map(async (node): Promise<FatalLoss[]> => {
      const plan = await failurePlan(environment, world, [node]);
      return plan.survived ? [] : [{ node, why: downText(plan.vms) }];
    });
    found.push(...(await Promise.all(asked)).flat());
  }
  return first ? found.slice(0, 1) : found;
}

function downText(vms: readonly PlannedVm[]): string {
  return `${list(vms.filter(isDown).map(({ name }) => name))} would run nowhere`;
}
