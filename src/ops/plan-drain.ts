import { HavenError } from "../base/errors.ts";
import { isDown } from "../contract/is-down.ts";
import type { DrainPlan, DrainStep, PlannedVm } from "../contract/plan-report.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import { drainWaves } from "../plan/drain-waves.ts";
import { MigrationTimes, type PastMigration } from "../plan/migration-times.ts";
import { vmOutcomes } from "../plan/vm-outcomes.ts";
import type { Environment } from "./environment.ts";
import { otherEffects } from "./other-effects.ts";
import { checkOnline, type PlanWorld, readPlanWorld } from "./read-plan-world.ts";

export interface PlanDrainOptions {
  readonly nodes: readonly string[];
  /** Migrations that have taken place, the latest last; none where the history cannot be had. */
  readonly past: () => Promise<readonly { readonly vm: string; readonly seconds: number }[]>;
}

/** Where `migration-limit` says nothing, Pacemaker holds a node to twice its cores of jobs: so many at the least. */
const withoutLimit = 4;

/**
 * What a drain of nodes would do: in which waves VMs leave, how long that takes, and what stands in the way.
 *
 * @throws HavenError cib.not-found, plan.refused, pacemaker.*
 */
export async function planDrain(environment: Environment, options: PlanDrainOptions): Promise<DrainPlan> {
  const { pacemaker, signal } = environment;
  environment.progress("Asking for the cluster's state");
  const world = await readPlanWorld(environment);
  const nodes = [...new Set(options.nodes)];
  checkOnline(world, nodes);
  const left = world.status.nodes.filter(({ name, online }) => online && !nodes.includes(name));
  if (left.length === 0) throw new HavenError("node.last", { nodes: nodes.join(", ") });
  environment.progress(`Asking the scheduler what follows when ${nodes.join(", ")} is drained`);
  const editor = new CibEditor(world.cib);
  for (const name of nodes) editor.setNodeAttributes(name, { standby: "on" });
  const transition = await pacemaker.simulate(editor.cib.toXml(), { signal });
  const planned = vmOutcomes(world.vms, transition, { ...world.moment, drained: new Set(nodes) });
  const isOn = ({ from }: PlannedVm): boolean => from !== undefined && nodes.includes(from);
  const past = await options.past().catch(() => []);
  const atOnce = migrationLimit(world);
  const steps = migrationSteps(world, planned.filter(isOn), past);
  const inTheWay = [...planned.filter((vm) => isOn(vm) && isDown(vm)), ...staying(world, planned, nodes)];
  return {
    ...{ nodes, possible: inTheWay.length === 0, inTheWay, atOnce },
    ...drainWaves(steps, atOnce),
    elsewhere: planned.filter((vm) => !isOn(vm)),
    others: otherEffects(transition, world.vms),
  };
}

/** How many migrations a node takes part in at once. */
export function migrationLimit({ cib }: Pick<PlanWorld, "cib">): number {
  const limit = Number(cib.property("migration-limit") ?? "-1");
  return Number.isInteger(limit) && limit > 0 ? limit : withoutLimit;
}

/** Moves of VMs with the time that each is thought to take. */
export function migrationSteps(
  { vms, entries }: Pick<PlanWorld, "vms" | "entries">,
  planned: readonly PlannedVm[],
  past: Awaited<ReturnType<PlanDrainOptions["past"]>>,
): readonly DrainStep[] {
  const memory = new Map(vms.map((vm) => [vm.name, vm.memory ?? 0]));
  const known = past.map((one): PastMigration => ({ ...one, memory: memory.get(one.vm) ?? 1024 }));
  const times = new MigrationTimes(known);
  const held = new Map(entries.map(({ name, spec }) => [name, spec?.migration?.bandwidth]));
  return planned.flatMap(({ name, outcome, from, to }): readonly DrainStep[] => {
    if (from === undefined || to === undefined || (outcome !== "migrated" && outcome !== "moved")) return [];
    return [{ name, from, to, outcome, ...times.of(name, memory.get(name) ?? 0, held.get(name)) }];
  });
}

/** What the scheduler would leave there: VMs that nobody takes care of. */
function staying(
  { vms }: PlanWorld,
  planned: readonly PlannedVm[],
  nodes: readonly string[],
): readonly PlannedVm[] {
  const known = new Set(planned.map(({ name }) => name));
  return vms.flatMap((vm): readonly PlannedVm[] => {
    const from = vm.nodes.find((node) => nodes.includes(node));
    if (from === undefined || known.has(vm.name)) return [];
    const why = vm.managed
      ? "the scheduler leaves it where it is"
      : "it is unmanaged: the cluster leaves it alone";
    return [{ name: vm.name, outcome: "waiting", from, why: [why] }];
  });
}
