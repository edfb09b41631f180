import { availableParallelism } from "node:os";

/**
 * How many scheduler runs at once are for who looks from elsewhere: the node has VMs to run, and half of its processors
 * are enough.
 */
export function runsForOthers(): number {
  return Math.max(1, Math.floor(availableParallelism() / 2));
}
