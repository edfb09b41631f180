import { HavenError } from "../base/errors.ts";
import { isDown } from "../contract/is-down.ts";
import type { AddLoss, AddPlan, MostCopies } from "../contract/plan-changes.ts";
import type { PlannedVm } from "../contract/plan-report.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import type { Transition } from "../pacemaker/simulate.ts";
import { copiesBySums } from "../plan/copies-by-sums.ts";
import { largestCount } from "../plan/largest-count.ts";
import { lossesOf } from "../plan/losses-of.ts";
import { vmOutcomes } from "../plan/vm-outcomes.ts";
import { resourceId } from "../vm/names.ts";
import type { SpecText } from "../vm/read-spec.ts";
import { besidesThat } from "./effect.ts";
import type { Environment } from "./environment.ts";
import { fatalLosses } from "./fatal-losses.ts";
import { otherEffects } from "./other-effects.ts";
import { capacityCase, mayBeLost } from "./plan-capacity.ts";
import { failurePlan } from "./plan-fail.ts";
import { type PlanWorld, readPlanWorld } from "./read-plan-world.ts";
import { sweepLosses } from "./sweep-losses.ts";
import { planVms, type VmPlan, type PlannedVm as WrittenVm } from "./vm-plan.ts";
import { writeVms } from "./vm-write.ts";
import { worldAfter, worldWith } from "./world-after.ts";

export interface PlanAddOptions {
  /** The texts of the specification files, each of one or more documents. */
  readonly texts: readonly SpecText[];
  /** So many copies of each VM instead of the VM itself, or as many as there is room for. */
  readonly count?: number | "max";
  /** How many scheduler runs at once: as many as there are processors unless given. */
  readonly atOnce?: number;
}

/** More VMs than that are not thought of at once. */
const mostVms = 1000;

/**
 * Whether VMs would run if they were added, where, what would move or stop for them, and which losses would be survived
 * afterwards. Changes nothing.
 *
 * @throws HavenError vm.invalid with all problems of all files, plan.refused, pacemaker.*
 */
export async function planAdd(environment: Environment, options: PlanAddOptions): Promise<AddPlan> {
  const { texts, count, atOnce } = options;
  environment.progress("Asking for the cluster's state");
  const world = await readPlanWorld(environment);
  environment.progress("Checking the specifications");
  // A copy is another VM: whether this one, or its disks, are there already is no matter.
  const how = count === undefined ? { mode: "add" as const } : { ...copies, mode: "apply" as const };
  const plan = await planVms(environment, world.cib, { texts, ...how });
  const trials = new Trials(environment, world, plan, atOnce);
  await trials.lookAtNow();
  if (count === undefined) return await judged(trials, await trials.add(plan.created));
  if (count !== "max") {
    checkCount(plan, count);
    return { ...(await judged(trials, await trials.addCopies(count))), count };
  }
  const most = await mostCopies(trials);
  return { ...(await judged(trials, await trials.addCopies(most.survives))), count: most.survives, most };
}

const copies = { always: true, runAlready: true } as const;

/** VMs that are thought to be added. */
interface Added {
  readonly names: readonly string[];
  readonly transition: Transition;
  readonly own: readonly PlannedVm[];
  readonly elsewhere: readonly PlannedVm[];
  readonly runs: boolean;
  /** The cluster when they run. */
  readonly after: PlanWorld;
}

/** What would be if VMs were added, tried one after the other from the same moment. */
class Trials {
  readonly #copies = new Map<number, Promise<Added>>();
  /** What happens without them. */
  #anyway: ReadonlySet<string> = new Set();
  #transition: Transition = { actions: [], fenced: [] };

  constructor(
    readonly environment: Environment,
    readonly world: PlanWorld,
    readonly plan: VmPlan,
    readonly atOnce: number | undefined,
  ) {}

  get nodes(): readonly string[] {
    return mayBeLost(this.world.status);
  }

  async lookAtNow(): Promise<void> {
    const { cib, vms, moment } = this.world;
    const { pacemaker, signal } = this.environment;
    const transition = await pacemaker.simulate(cib.toXml(), { signal });
    this.#anyway = new Set(vmOutcomes(vms, transition, moment).map(keyOf));
    this.#transition = transition;
  }

  /** Of each specification so many copies; asked once for each number. */
  async addCopies(count: number): Promise<Added> {
    const known = this.#copies.get(count);
    if (known !== undefined) return await known;
    const added = this.add(copiesOf(this.world, [...this.plan.created, ...this.plan.changed], count));
    this.#copies.set(count, added);
    return await added;
  }

  async add(created: readonly WrittenVm[]): Promise<Added> {
    const { pacemaker, signal, clock, progress } = this.environment;
    const names = created.map(({ name }) => name);
    progress(`Asking the scheduler: ${names.length} more VMs`);
    const editor = new CibEditor(this.world.cib);
    if (created.length > 0) writeVms(this.environment, editor, { created, cores: this.plan.cores });
    const next = worldWith(this.world, editor.cib, clock.now());
    const transition = await pacemaker.simulate(editor.cib.toXml(), { signal });
    const planned = vmOutcomes(next.vms, transition, next.moment);
    const isNew = new Set(names);
    const own = planned.filter(({ name }) => isNew.has(name));
    const elsewhere = planned.filter((vm) => !isNew.has(vm.name) && !this.#anyway.has(keyOf(vm)));
    const runs = ![...own, ...elsewhere].some(isDown);
    return { names, transition, own, elsewhere, runs, after: worldAfter(next, transition) };
  }

  /** Resources that are no VMs, and what happens to them for the VMs. */
  others({ transition, after }: Added): readonly string[] {
    return otherEffects(besidesThat(transition, this.#transition), after.vms);
  }
}

function keyOf({ name, outcome, to }: PlannedVm): string {
  return `${name} ${outcome} ${to ?? ""}`;
}

async function judged(trials: Trials, added: Added): Promise<AddPlan> {
  const { environment, world, nodes } = trials;
  const isNew = new Set(added.names);
  const swept = await sweepLosses(environment, added.after, lossesOf(nodes, 1), trials.atOnce);
  const losses: AddLoss[] = [];
  for (const loss of swept) {
    const already = !loss.survived && !(await failurePlan(environment, world, loss.nodes)).survived;
    losses.push({ ...capacityCase(loss), own: loss.vms.filter(({ name }) => isNew.has(name)), already });
  }
  const down = added.own.filter(isDown);
  return {
    ...{ names: added.names, runs: added.runs },
    vms: [...down, ...added.own.filter((vm) => !down.includes(vm)), ...added.elsewhere],
    ...{ others: trials.others(added), losses, survived: losses.every(({ survived }) => survived) },
  };
}

async function mostCopies(trials: Trials): Promise<MostCopies> {
  const { environment, world, nodes, atOnce } = trials;
  const templates = [...trials.plan.created, ...trials.plan.changed];
  const [one] = [await trials.addCopies(1)];
  const bySums = copiesBySums(world.moment, one.after.moment.room, one.names.map(resourceId));
  const limit = Math.max(1, Math.floor(mostVms / Math.max(1, templates.length)));
  const most = Math.min(bySums ?? limit, limit);
  const runs = await largestCount(most, async (count) => (await trials.addCopies(count)).runs);
  const lost = async (count: number) =>
    await fatalLosses(environment, (await trials.addCopies(count)).after, nodes, {
      ...{ first: true, ...(atOnce === undefined ? {} : { atOnce }) },
    });
  const survives = await largestCount(runs, async (count) => (await lost(count)).length === 0);
  const isLimit = survives === limit;
  const why =
    survives < runs
      ? (await lost(survives + 1)).map((loss) => `If ${loss.node} were lost: ${loss.why}`)
      : await whyNoMore(trials, runs, most);
  return { runs, survives, isLimit, why: isLimit ? [] : why };
}

async function whyNoMore(trials: Trials, runs: number, most: number): Promise<readonly string[]> {
  if (runs === most) return ["One more asks for more memory, or another resource, than is free in all"];
  const { own, elsewhere } = await trials.addCopies(runs + 1);
  return [...own, ...elsewhere]
    .filter(isDown)
    .flatMap(({ name, why }) => [`${name} would run nowhere`, ...why.map((line) => `  ${line}`)]);
}

function checkCount({ created, changed }: VmPlan, count: number): void {
  const vms = count * (created.length + changed.length);
  if (vms <= mostVms) return;
  throw new HavenError("plan.refused", { what: `${vms} VMs are more than ${mostVms} at once` });
}

/** Copies with names of their own. What else two VMs may not have in common does not matter to where they run. */
function copiesOf({ cib }: PlanWorld, templates: readonly WrittenVm[], count: number): readonly WrittenVm[] {
  return templates.flatMap((template) => {
    const found: WrittenVm[] = [];
    for (let i = 1; found.length < count; i++) {
      const name = `${template.name}-${i}`;
      if (cib.byId(resourceId(name)) !== undefined) continue;
      found.push({ ...template, name, before: undefined, resolved: { ...template.resolved, name } });
    }
    return found;
  });
}
