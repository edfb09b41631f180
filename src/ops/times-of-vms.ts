import { type EstimatedTime, MigrationTimes, type PastMigration } from "../plan/migration-times.ts";
import type { PlanWorld } from "./read-plan-world.ts";

/** How long a migration of a VM has taken. */
export interface TimedMigration {
  readonly vm: string;
  readonly seconds: number;
}

/**
 * How long VMs are thought to take to migrate, by their names.
 *
 * @param past Migrations that have taken place, the latest last
 * @returns with what the VM's guest writes to its memory, MiB per second, where that was measured
 */
export function timesOfVms(
  { vms, entries }: Pick<PlanWorld, "vms" | "entries">,
  past: readonly TimedMigration[],
): (name: string, dirtyRate?: number) => EstimatedTime {
  const memory = new Map(vms.map((vm) => [vm.name, vm.memory ?? 0]));
  const known = past.map((one): PastMigration => ({ ...one, memory: memory.get(one.vm) ?? 1024 }));
  const times = new MigrationTimes(known);
  const held = new Map(entries.map(({ name, spec }) => [name, spec?.migration?.bandwidth]));
  return (name, dirtyRate) =>
    times.of(name, { memory: memory.get(name) ?? 0, bandwidth: held.get(name), dirtyRate });
}
