import type { DrainStep, ResumePlan, StayingVm } from "../contract/plan-report.ts";
import { vmCannot } from "../contract/vm-can.ts";
import type { VmView } from "../contract/vm-view.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import type { ResourceAction } from "../pacemaker/simulate.ts";
import { drainWaves } from "../plan/drain-waves.ts";
import { migrationLimit } from "../plan/migration-limit.ts";
import { momentNow } from "../plan/moment-now.ts";
import { whyNotThere } from "../plan/why-not-there.ts";
import { drainedTo, drainRecords } from "../vm/drain-record.ts";
import { moveConstraint, moveConstraintId } from "../vm/move-constraint.ts";
import { vmNameOf } from "../vm/names.ts";
import type { Environment } from "./environment.ts";
import { migrationSteps } from "./migration-steps.ts";
import type { PlanDrainOptions } from "./plan-drain.ts";
import { type PlanWorld, readPlanWorld } from "./read-plan-world.ts";

/** A VM that a drain has moved away from a node, and that would be brought back there. */
interface Candidate {
  readonly vm: VmView;
  readonly home: string;
}

/**
 * What a resume of nodes would bring back: of the VMs that a drain has moved away those that are still where it has
 * brought them, and that Pacemaker's scheduler would let migrate back.
 *
 * @throws HavenError pacemaker.*
 */
export async function planResume(
  environment: Environment,
  { nodes, past }: PlanDrainOptions,
): Promise<ResumePlan> {
  const world = await readPlanWorld(environment);
  const { candidates, stays, cannot: notNow } = chooseCandidates(world, nodes);
  const nothing = { nodes, stays, cannot: notNow, waves: [], seconds: 0, atOnce: migrationLimit(world.cib) };
  if (candidates.length === 0) return nothing;
  environment.progress("Asking the scheduler what can be brought back");
  const { coming, cannot } = await fitting(environment, world, nodes, candidates);
  const wanted = coming.map(({ vm, home }) => ({
    ...{ name: vm.name, outcome: "migrated" as const, from: vm.nodes[0] ?? "", to: home, why: [] },
  }));
  const steps = await migrationSteps(environment, world, wanted, past);
  return { ...nothing, cannot: [...notNow, ...cannot], ...inWaves(steps, nothing.atOnce) };
}

/** Those that the scheduler would let come, together, and without another VM giving way to them. */
async function fitting(
  environment: Environment,
  world: PlanWorld,
  nodes: readonly string[],
  candidates: readonly Candidate[],
): Promise<{ readonly coming: readonly Candidate[]; readonly cannot: readonly StayingVm[] }> {
  const { pacemaker, signal, clock } = environment;
  const open = new CibEditor(world.cib);
  for (const name of nodes) open.setNodeAttributes(name, { standby: undefined });
  const expires = clock.now() + 86_400_000;
  const ask = async (some: readonly Candidate[]): Promise<readonly ResourceAction[]> => {
    const editor = new CibEditor(open.cib);
    for (const { vm, home } of some) {
      editor.remove(moveConstraintId(vm.name));
      editor.addConstraint(moveConstraint(vm.name, home, { host: "plan", pid: 0 }, expires));
    }
    return (await pacemaker.simulate(editor.cib.toXml(), { signal })).actions;
  };
  const moment = momentNow(open.cib, {
    ...world.status,
    nodes: world.status.nodes.map((node) => (nodes.includes(node.name) ? { ...node, standby: false } : node)),
  });
  const coming: Candidate[] = [];
  const cannot: StayingVm[] = [];
  let anyway: ReadonlySet<string> | undefined;
  // Most often all fit. Where they do not, halves are asked of, down to the one that does not.
  const add = async (some: readonly Candidate[]): Promise<void> => {
    const wanted = [...coming, ...some];
    const actions = await ask(wanted);
    const own = new Set(wanted.map(({ vm }) => vm.resource));
    let harmed = hurt(actions).filter((resource) => !own.has(resource));
    if (harmed.length > 0) {
      anyway ??= new Set(hurt(await ask([])));
      harmed = harmed.filter((resource) => anyway?.has(resource) !== true);
    }
    const byResource = new Map(actions.map((action) => [action.resource, action]));
    const stay = wanted.filter((one) => !comes(one, byResource.get(one.vm.resource)));
    const [only] = some;
    if (harmed.length === 0 && stay.length === 0) coming.push(...some);
    else if (only !== undefined && some.length === 1) {
      const { vm, home } = only;
      const why = whyNotThere(moment, vm.resource, home).map(({ text }) => text);
      const others = harmed.map((resource) => vmNameOf(resource) ?? resource).join(", ");
      if (why.length === 0 && others !== "") why.push(`${others} would be moved or stopped by it`);
      if (why.length === 0 && stay.some((one) => one !== only)) why.push("others would not come back then");
      const said = why.join("; ") || schedulersWord(byResource.get(vm.resource));
      cannot.push({ name: vm.name, home, why: `cannot come back to ${home}: ${said}` });
    } else {
      const half = Math.ceil(some.length / 2);
      await add(some.slice(0, half));
      await add(some.slice(half));
    }
  };
  await add(candidates);
  return { coming, cannot };
}

function comes({ home }: Candidate, action: ResourceAction | undefined): boolean {
  return action?.kind === "migrate" && action.to === home && action.blocked !== true;
}

/** VMs that something happens to which they would notice. */
function hurt(actions: readonly ResourceAction[]): readonly string[] {
  const noticed = new Set(["stop", "restart", "move", "migrate"]);
  return actions.flatMap(({ kind, resource }) =>
    vmNameOf(resource) !== undefined && noticed.has(kind) ? [resource] : [],
  );
}

interface Choice {
  readonly candidates: readonly Candidate[];
  readonly stays: readonly StayingVm[];
  readonly cannot: readonly StayingVm[];
}

/** Of the VMs that drains have moved: those that are to come back, those that stay, and those that cannot come now. */
function chooseCandidates({ cib, vms }: Pick<PlanWorld, "cib" | "vms">, nodes: readonly string[]): Choice {
  const records = drainRecords(cib);
  const byName = new Map(vms.map((vm) => [vm.name, vm]));
  const candidates: Candidate[] = [];
  const stays: StayingVm[] = [];
  const cannot: StayingVm[] = [];
  for (const home of nodes) {
    for (const name of records.get(home)?.places.keys() ?? []) {
      const vm = byName.get(name);
      if (vm === undefined) {
        stays.push({ name, home, why: "is in the cluster no longer" });
        continue;
      }
      if (vm.state === "running" && vm.nodes.length === 1 && vm.nodes[0] === home) continue;
      const why = whyStays(vm, drainedTo(records, home, name));
      const whyNotNow = vmCannot("move", vm);
      if (why !== undefined) stays.push({ name, home, why });
      else if (whyNotNow !== undefined) cannot.push({ name, home, why: whyNotNow });
      else candidates.push({ vm, home });
    }
  }
  return { candidates, stays, cannot };
}

/** Why a VM is left alone for good, read after its name. */
function whyStays(vm: VmView, place: string | undefined): string | undefined {
  if (vm.wanted === "stopped") return "was stopped since";
  const [node] = vm.nodes;
  if (vm.state !== "running" || node === undefined) return undefined;
  if (node !== place)
    return `runs on ${node}, not on ${place}, where the drain brought it: it was moved since`;
  if (!vm.migratable) return `cannot migrate live, and is not restarted for it: it stays on ${node}`;
  return undefined;
}

function schedulersWord(action: ResourceAction | undefined): string {
  if (action === undefined) return "Pacemaker would leave it where it is";
  return `Pacemaker would not migrate it but ${action.kind} it${action.to === undefined ? "" : ` (${action.to})`}`;
}

/** Each wave is waited for before the next begins. */
function inWaves(steps: readonly DrainStep[], atOnce: number): Pick<ResumePlan, "waves" | "seconds"> {
  const { waves } = drainWaves(
    // Of the same length, so that a wave is what may go at once, and not what begins when one VM has come.
    steps.map((step) => ({ ...step, seconds: 1 })),
    atOnce,
  );
  const known = new Map(steps.map((step) => [step.name, step]));
  const timed = waves.map((wave) => wave.flatMap(({ name }) => known.get(name) ?? []));
  const seconds = timed.reduce((sum, wave) => sum + Math.max(...wave.map((step) => step.seconds)), 0);
  return { waves: timed, seconds };
}
