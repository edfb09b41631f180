import { HavenError } from "../base/errors.ts";
import { isDown } from "../contract/is-down.ts";
import type { DrainPlan, PlannedVm } from "../contract/plan-report.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
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
  const atOnce = migrationLimit(world.cib);
  environment.progress("Estimating how long it takes");
  const steps = await migrationSteps(environment, world, planned.filter(isOn), options.past);
  const inTheWay = [...planned.filter((vm) => isOn(vm) && isDown(vm)), ...staying(world, planned, nodes)];
  return {
    ...{ nodes, possible: inTheWay.length === 0, inTheWay, atOnce },
    ...drainWaves(steps, atOnce),
    elsewhere: planned.filter((vm) => !isOn(vm)),
    others: otherEffects(transition, world.vms),
  };
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
