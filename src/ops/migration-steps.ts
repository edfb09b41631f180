import type { DrainStep, PlannedVm } from "../contract/plan-report.ts";
import { MigrationTimes, type PastMigration } from "../plan/migration-times.ts";
import { dirtyRates } from "./dirty-rates.ts";
import type { Environment } from "./environment.ts";
import { driverOf } from "./libvirt-driver.ts";
import type { PlanWorld } from "./read-plan-world.ts";

/** Migrations that have taken place, the latest last; it throws where the history cannot be had. */
export type PastMigrations = () => Promise<readonly { readonly vm: string; readonly seconds: number }[]>;

/**
 * Moves of VMs with the time that each is thought to take: from their own migrations, else by size from those of others,
 * with the bandwidth that the VM is held to and what its guest writes to its memory now.
 */
export async function migrationSteps(
  environment: Environment,
  { vms, entries }: Pick<PlanWorld, "vms" | "entries">,
  planned: readonly PlannedVm[],
  past: PastMigrations,
): Promise<readonly DrainStep[]> {
  const byName = new Map(vms.map((vm) => [vm.name, vm]));
  const known = (await past().catch(() => [])).map(
    (one): PastMigration => ({ ...one, memory: byName.get(one.vm)?.memory ?? 1024 }),
  );
  const times = new MigrationTimes(known);
  const held = new Map(entries.map(({ name, spec }) => [name, spec?.migration?.bandwidth]));
  const moves = planned.flatMap((one) => {
    const { name, outcome, from, to } = one;
    if (from === undefined || to === undefined || (outcome !== "migrated" && outcome !== "moved")) return [];
    return [{ name, from, to, outcome }];
  });
  const unmeasured = moves.flatMap(({ name, from, outcome }) => {
    const vm = byName.get(name);
    if (vm === undefined || outcome !== "migrated" || times.knows(name) || driverOf(vm) !== "qemu") return [];
    return [{ name, uuid: vm.uuid, node: from }];
  });
  const rates = environment.isLive ? await dirtyRates(environment, unmeasured) : new Map<string, number>();
  return moves.map((move): DrainStep => {
    const dirtyRate = rates.get(move.name);
    const memory = byName.get(move.name)?.memory ?? 0;
    const time = times.of(move.name, { memory, bandwidth: held.get(move.name), dirtyRate });
    return { ...move, ...time, ...(dirtyRate === undefined ? {} : { dirtyRate }) };
  });
}
