import { availableParallelism } from "node:os";
import { someAtOnce } from "../base/some-at-once.ts";
import type { FailurePlan } from "../contract/plan-report.ts";
import type { LossCase } from "../plan/losses-of.ts";
import type { Environment } from "./environment.ts";
import { failurePlan } from "./plan-fail.ts";
import type { LossWorld } from "./read-plan-world.ts";

/** The scheduler's word on one loss. */
export type SweptLoss = FailurePlan & Pick<LossCase, "name" | "nodes">;

/**
 * What follows from each loss, as the scheduler says, with how far it is as progress. Being interrupted ends it.
 *
 * @param atOnce How many scheduler runs at once: as many as there are processors unless given
 * @throws HavenError pacemaker.*, interrupted
 */
export async function sweepLosses(
  environment: Pick<Environment, "pacemaker" | "signal" | "progress">,
  world: LossWorld,
  cases: readonly LossCase[],
  atOnce = availableParallelism(),
): Promise<readonly SweptLoss[]> {
  const told = (done: number): void =>
    environment.progress(`Asking the scheduler: ${done} of ${cases.length} losses`);
  told(0);
  return await someAtOnce(
    cases,
    async ({ name, nodes }) => ({ name, nodes, ...(await failurePlan(environment, world, nodes)) }),
    { limit: atOnce, signal: environment.signal, onDone: told },
  );
}
