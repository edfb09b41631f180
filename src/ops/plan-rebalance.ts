import type { NodeFill, RebalanceMove, RebalancePlan } from "../contract/plan-changes.ts";
import { type BalanceWorld, balanceInput } from "../plan/balance-input.ts";
import { type BalanceMove, balancedKinds, pointsOf } from "../plan/balance-state.ts";
import { QuickLosses } from "../plan/quick-losses.ts";
import { type Rebalance, rebalance } from "../plan/rebalance.ts";
import type { Utilization } from "../plan/room.ts";
import { vmNameOf } from "../vm/names.ts";
import type { Environment } from "./environment.ts";
import { fatalLosses } from "./fatal-losses.ts";
import { mayBeLost } from "./plan-capacity.ts";
import { type PlanWorld, readPlanWorld } from "./read-plan-world.ts";
import { type TimedMigration, timesOfVms } from "./times-of-vms.ts";
import { type MoveStep, verifyMoves } from "./verify-moves.ts";

export interface PlanRebalanceOptions {
  /** At most so many VMs are moved; 20 unless given. */
  readonly moves?: number;
  /** Percentage points between the fullest and the emptiest node that are even enough; 10 unless given. */
  readonly threshold?: number;
  /** Migrations that have taken place, the latest last; none where the history cannot be had. */
  readonly past: () => Promise<readonly TimedMigration[]>;
  /** How many scheduler runs at once: as many as there are processors unless given. */
  readonly atOnce?: number;
}

/** The scheduler may refuse what was thought of; then something else is, so often. */
const mostTries = 20;

/**
 * The fewest moves that make the nodes evenly full of memory and processors, each seen by the scheduler: a live migration
 * from which nothing else follows. VMs that cannot move live stay, and no node's loss that is survived now is not survived
 * then. Changes nothing.
 *
 * @throws HavenError pacemaker.*, interrupted
 */
export async function planRebalance(
  environment: Environment,
  options: PlanRebalanceOptions,
): Promise<RebalancePlan> {
  const { moves: most = 20, threshold = 10, atOnce } = options;
  environment.progress("Asking for the cluster's state");
  const world = await readPlanWorld(environment);
  const input = balanceInput(world.moment, world.vms);
  const refusals = new Refusals(world, input);
  const limits = { threshold, most };
  let found = rebalance(input, limits);
  if (found.moves.length > 0) {
    const howMany = atOnce === undefined ? {} : { atOnce };
    await refusals.lookAtNow(environment, howMany);
    found = await verified(environment, refusals, limits, howMany);
  }
  const past = found.moves.length === 0 ? [] : await options.past().catch(() => []);
  return report(world, input, { found, threshold, refused: refusals.lines, past });
}

async function verified(
  environment: Environment,
  refusals: Refusals,
  limits: { readonly threshold: number; readonly most: number },
  howMany: { readonly atOnce?: number },
): Promise<Rebalance> {
  const { world, input } = refusals;
  for (let i = 0; ; i++) {
    environment.progress("Looking for the fewest moves");
    const particular = refusals.units;
    const found = rebalance(input, { ...limits, refused: (moves) => refusals.has(moves), particular });
    if (found.moves.length === 0) return found;
    if (i >= mostTries) {
      refusals.lines.push(`${mostTries} other sets of moves were refused: the search was given up`);
      return { ...found, moves: [], after: found.before, isFewest: false };
    }
    const steps = found.moves.map((move) => stepOf(input, move));
    const seen = await verifyMoves(environment, world, steps);
    if ("why" in seen) {
      refusals.addMove(found.moves[seen.at], seen.why);
      continue;
    }
    environment.progress("Asking the scheduler what could be lost afterwards");
    const [lost] = await fatalLosses(environment, seen.after, refusals.survived, { ...howMany, first: true });
    if (lost === undefined) return found;
    refusals.addSet(
      found.moves,
      `${steps.map(stepText).join(", ")}: ${lost.node} could not be lost then: ${lost.why}`,
    );
  }
}

function stepOf({ units, nodes }: BalanceWorld, { unit, to }: BalanceMove): MoveStep {
  return { resources: units[unit]?.vms ?? [], to: nodes[to]?.name ?? "" };
}

function stepText({ resources, to }: MoveStep): string {
  return `${resources.map((one) => vmNameOf(one) ?? one).join(" and ")} to ${to}`;
}

/** What may not be proposed: what the scheduler has refused, and what takes away the room for a loss. */
class Refusals {
  /** Nodes whose loss is survived now. */
  survived: readonly string[] = [];
  readonly lines: string[] = [];
  readonly #moves = new Set<string>();
  readonly #sets = new Set<string>();
  readonly #units = new Set<number>();

  constructor(
    readonly world: PlanWorld,
    readonly input: BalanceWorld,
  ) {}

  get units(): ReadonlySet<number> {
    return this.#units;
  }

  async lookAtNow(environment: Environment, howMany: { readonly atOnce?: number }): Promise<void> {
    const nodes = mayBeLost(this.world.status);
    environment.progress("Asking the scheduler what could be lost now");
    const fatal = await fatalLosses(environment, this.world, nodes, howMany);
    this.survived = nodes.filter((node) => !fatal.some((one) => one.node === node));
  }

  addMove(move: BalanceMove | undefined, why: string): void {
    if (move === undefined) return;
    this.#moves.add(keyOf([move]));
    this.#units.add(move.unit);
    this.lines.push(why);
  }

  addSet(moves: readonly BalanceMove[], why: string): void {
    this.#sets.add(keyOf(moves));
    for (const { unit } of moves) this.#units.add(unit);
    this.lines.push(why);
  }

  has(moves: readonly BalanceMove[]): boolean {
    if (this.#sets.has(keyOf(moves)) || moves.some((one) => this.#moves.has(keyOf([one])))) return true;
    const { moment, vms } = this.world;
    const places = new Map(moment.places);
    for (const step of moves.map((move) => stepOf(this.input, move))) {
      for (const resource of step.resources) places.set(resource, step.to);
    }
    const after = vms.map((vm) => {
      const node = places.get(vm.resource);
      return node === undefined ? vm : { ...vm, nodes: [node] };
    });
    const losses = new QuickLosses({ ...moment, places }, after);
    return this.survived.some((node) => losses.of([node]).answer === "short");
  }
}

function keyOf(moves: readonly BalanceMove[]): string {
  return moves
    .map(({ unit, to }) => `${unit} ${to}`)
    .sort()
    .join(", ");
}

interface Outcome {
  readonly found: Rebalance;
  readonly threshold: number;
  readonly refused: readonly string[];
  readonly past: readonly TimedMigration[];
}

function report(world: PlanWorld, input: BalanceWorld, outcome: Outcome): RebalancePlan {
  const { found, threshold, refused, past } = outcome;
  const timeOf = timesOfVms(world, past);
  const used = new Map(input.nodes.map(({ name, used: now }) => [name, new Map(now)]));
  const fills = () =>
    input.nodes.map((node) => ({ name: node.name, ...fillOf(node.capacity, used.get(node.name)) }));
  const before = fills();
  const moves = found.moves.flatMap((move): RebalanceMove[] => {
    const unit = input.units[move.unit];
    const { resources, to } = stepOf(input, move);
    if (unit === undefined) return [];
    const was = fills();
    for (const [kind, amount] of unit.asks) {
      for (const [node, sign] of [[unit.node, -1] as const, [to, 1] as const]) {
        const there = used.get(node);
        there?.set(kind, (there.get(kind) ?? 0) + sign * amount);
      }
    }
    const why = [unit.node, to].map((node) => changeText(node, was, fills())).join("; ");
    return resources.map((resource) => {
      const name = vmNameOf(resource) ?? resource;
      return { name, from: unit.node, to, outcome: "migrated", ...timeOf(name), why };
    });
  });
  const after = fills();
  return {
    ...{ threshold, before: found.before, after: found.after, isFewest: found.isFewest, moves },
    commands: found.moves.map((move) => {
      const { resources, to } = stepOf(input, move);
      return `haven vm move ${resources.map((one) => vmNameOf(one) ?? one).join(" ")} --to ${to}`;
    }),
    seconds: moves.reduce((sum, { seconds }) => sum + seconds, 0),
    nodes: before.map(({ name, ...fill }, i) => {
      const { memory, cpu } = after[i] ?? fill;
      return { name, before: fill, after: { memory, cpu } };
    }),
    ...{ unmovable: input.unmovable, leftOut: input.leftOut, refused },
  };
}

function fillOf(capacity: Utilization, used: Utilization | undefined): NodeFill {
  const [memory, cpu] = balancedKinds.map((kind) => {
    const all = capacity.get(kind) ?? 0;
    return all > 0 ? (used?.get(kind) ?? 0) / all : undefined;
  });
  return { memory, cpu };
}

type NamedFill = NodeFill & { readonly name: string };

/** Of that kind of which the node is the fullest. */
function changeText(node: string, was: readonly NamedFill[], is: readonly NamedFill[]): string {
  const [before, after] = [was, is].map((all) => all.find(({ name }) => name === node));
  const kind = (before?.cpu ?? 0) > (before?.memory ?? 0) ? "cpu" : "memory";
  const percent = (fill: NodeFill | undefined): string => `${pointsOf(fill?.[kind] ?? 0)} %`;
  return `${node}: ${kind} ${percent(before)} to ${percent(after)}`;
}
