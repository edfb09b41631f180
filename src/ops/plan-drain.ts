import { HavenError } from "../base/errors.ts";
import { isDown } from "../contract/is-down.ts";
import type { DrainPlan, PlannedVm } from "../contract/plan-report.ts";
import type { Cib } from "../pacemaker/cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import type { Transition } from "../pacemaker/simulate.ts";
import { drainWaves } from "../plan/drain-waves.ts";
import { migrationLimit } from "../plan/migration-limit.ts";
import { vmOutcomes } from "../plan/vm-outcomes.ts";
import type { Environment } from "./environment.ts";
import { migrationSteps, type PastMigrations } from "./migration-steps.ts";
import { otherEffects } from "./other-effects.ts";
import { checkOnline, type PlanWorld, readPlanWorld } from "./read-plan-world.ts";

export interface PlanDrainOptions {
  readonly nodes: readonly string[];
  readonly past: PastMigrations;
}

/**
 * What a drain of nodes would do: in which waves VMs leave, how long that takes, and what stands in the way.
 *
 * @throws HavenError cib.not-found, plan.refused, pacemaker.*
 */
export async function planDrain(environment: Environment, options: PlanDrainOptions): Promise<DrainPlan> {
  environment.progress("Asking for the cluster's state");
  const world = await readPlanWorld(environment);
  const nodes = [...new Set(options.nodes)];
  checkOnline(world, nodes);
  const { transition, planned, inTheWay } = await thoughtDrained(environment, world, nodes);
  const isOn = ({ from }: PlannedVm): boolean => from !== undefined && nodes.includes(from);
  const atOnce = migrationLimit(world.cib);
  environment.progress("Estimating how long it takes");
  const steps = await migrationSteps(environment, world, planned.filter(isOn), options.past);
  return {
    ...{ nodes, possible: inTheWay.length === 0, inTheWay, atOnce },
    ...drainWaves(steps, atOnce),
    elsewhere: planned.filter((vm) => !isOn(vm)),
    others: otherEffects(transition, world.vms),
  };
}

/** Nodes that are thought to be drained. */
export interface ThoughtDrained {
  /** The configuration that has them in standby. */
  readonly cib: Cib;
  readonly transition: Transition;
  readonly planned: readonly PlannedVm[];
  /** VMs of the nodes that would not run afterwards, or that stay. */
  readonly inTheWay: readonly PlannedVm[];
}

/** What the scheduler makes of a drain. @throws HavenError node.last, pacemaker.* */
export async function thoughtDrained(
  { pacemaker, signal, progress }: Pick<Environment, "pacemaker" | "signal" | "progress">,
  world: PlanWorld,
  nodes: readonly string[],
): Promise<ThoughtDrained> {
  const left = world.status.nodes.filter(({ name, online }) => online && !nodes.includes(name));
  if (left.length === 0) throw new HavenError("node.last", { nodes: nodes.join(", ") });
  progress(`Asking the scheduler what follows when ${nodes.join(", ")} is drained`);
  const editor = new CibEditor(world.cib);
  for (const name of nodes) editor.setNodeAttributes(name, { standby: "on" });
  const { cib } = editor;
  const transition = await pacemaker.simulate(cib.toXml(), { signal });
  const planned = vmOutcomes(world.vms, transition, { ...world.moment, drained: new Set(nodes) });
  const isOn = ({ from }: PlannedVm): boolean => from !== undefined && nodes.includes(from);
  const inTheWay = [...planned.filter((vm) => isOn(vm) && isDown(vm)), ...staying(world, planned, nodes)];
  return { cib, transition, planned, inTheWay };
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
