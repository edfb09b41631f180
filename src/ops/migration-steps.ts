import type { DrainStep, PlannedVm } from "../contract/plan-report.ts";
import { dirtyRates } from "./dirty-rates.ts";
import type { Environment } from "./environment.ts";
import { driverOf } from "./libvirt-driver.ts";
import type { PlanWorld } from "./read-plan-world.ts";
import { type TimedMigration, timesOfVms } from "./times-of-vms.ts";

/** Migrations that have taken place, the latest last; it throws where the history cannot be had. */
export type PastMigrations = () => Promise<readonly TimedMigration[]>;

/**
 * Moves of VMs with the time that each is thought to take: from their own migrations, else by size from those of others,
 * with the bandwidth that the VM is held to and what its guest writes to its memory now.
 */
export async function migrationSteps(
  environment: Environment,
  world: Pick<PlanWorld, "vms" | "entries">,
  planned: readonly PlannedVm[],
  past: PastMigrations,
): Promise<readonly DrainStep[]> {
  const byName = new Map(world.vms.map((vm) => [vm.name, vm]));
  const timeOf = timesOfVms(world, await past().catch(() => []));
  const moves = planned.flatMap((one) => {
    const { name, outcome, from, to } = one;
    if (from === undefined || to === undefined || (outcome !== "migrated" && outcome !== "moved")) return [];
    return [{ name, from, to, outcome }];
  });
  const unmeasured = moves.flatMap(({ name, from, outcome }) => {
    const vm = byName.get(name);
    if (vm === undefined || outcome !== "migrated" || timeOf(name).basis === "own" || driverOf(vm) !== "qemu")
      return [];
    return [{ name, uuid: vm.uuid, node: from }];
  });
  const rates = environment.isLive ? await dirtyRates(environment, unmeasured) : new Map<string, number>();
  return moves.map((move): DrainStep => {
    const dirtyRate = rates.get(move.name);
    return { ...move, ...timeOf(move.name, dirtyRate), ...(dirtyRate === undefined ? {} : { dirtyRate }) };
  });
}
