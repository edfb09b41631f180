import { type BalanceInput, type BalanceMove, BalanceState, pointsOf } from "./balance-state.ts";
import { moveOrder } from "./move-order.ts";

export interface RebalanceOptions {
  /** Even enough: the fullest and the emptiest node are no more than so many percentage points apart. */
  readonly threshold: number;
  /** At most so many VMs are moved. */
  readonly most: number;
  /** Asked of what would else be the answer. */
  readonly refused?: (moves: readonly BalanceMove[]) => boolean;
  /** Units that `refused` has something about: none that is like them goes for them. */
  readonly particular?: ReadonlySet<number>;
  /** So many states are looked at before the search for the fewest moves is given up. */
  readonly budget?: number;
}

export interface Rebalance {
  /** In an order in which each finds room. */
  readonly moves: readonly BalanceMove[];
  /** Percentage points between the fullest and the emptiest node, before and after. */
  readonly before: number;
  readonly after: number;
  /** Whether all that can be done was looked at: fewer moves do not do it. */
  readonly isFewest: boolean;
}

/** A second's work, about. */
const usualBudget = 400_000;

/**
 * The fewest moves of VMs that make nodes evenly full: as even as the threshold asks for; where that cannot be had, as even
 * as can be, each further move for a point at the least. Of answers with as many moves the most even one, and then the one
 * that moves the least memory.
 *
 * All sets of one move are looked at, then all of two, and so on; a set cannot do where more nodes are out of bounds than it
 * touches. A cluster that is too large for that is evened out by the best single move, again and again.
 */
export function rebalance(input: BalanceInput, options: RebalanceOptions): Rebalance {
  const state = new BalanceState(input);
  const before = state.points();
  const search = new Search(state, options, before);
  if (before <= options.threshold) return { moves: [], before, after: before, isFewest: true };
  const isFewest = search.everySet();
  if (!isFewest) search.stepByStep();
  return { moves: search.moves, before, after: search.points, isFewest };
}

class Search {
  moves: readonly BalanceMove[] = [];
  points: number;
  #memory = 0;
  #left: number;
  readonly #now: BalanceMove[] = [];
  readonly #places: ReadonlyMap<string, number>;

  constructor(
    readonly state: BalanceState,
    readonly options: RebalanceOptions,
    before: number,
  ) {
    this.points = before;
    this.#left = options.budget ?? usualBudget;
    this.#places = new Map(state.input.nodes.map(({ name }, i) => [name, i]));
  }

  /** @returns false where there are too many to look at */
  everySet(): boolean {
    for (let count = 1; count <= this.options.most; count++) {
      const found = { isNew: false };
      if (!this.#deepen(0, count, found)) return false;
      if (this.points <= this.options.threshold) return true;
    }
    return true;
  }

  #deepen(from: number, left: number, found: { isNew: boolean }): boolean {
    if (--this.#left < 0) return false;
    if (left === 0) {
      this.#look(found);
      return true;
    }
    if (this.#outOfBounds(found) > 2 * left) return true;
    const { units } = this.state.input;
    for (let unit = from; unit < units.length; unit++) {
      const size = units[unit]?.vms.length ?? 0;
      if (size > left || this.#standsFor(unit, from)) continue;
      const home = this.state.at[unit] ?? -1;
      for (const to of this.#targets(unit)) {
        this.#now.push({ unit, to });
        this.state.move({ unit, to });
        const goesOn = this.#deepen(unit + 1, left - size, found);
        this.state.move({ unit, to: home });
        this.#now.pop();
        if (!goesOn) return false;
      }
    }
    return true;
  }

  /** Of units that are alike those that come first are moved. */
  #standsFor(unit: number, from: number): boolean {
    const { particular } = this.options;
    if (unit === from || particular?.has(unit - 1) === true || particular?.has(unit) === true) return false;
    return this.state.isLike(unit - 1, unit);
  }

  #targets(unit: number): readonly number[] {
    const names = this.state.input.units[unit]?.to ?? [];
    const home = this.state.at[unit];
    return names.flatMap((name) => {
      const node = this.#places.get(name);
      return node === undefined || node === home ? [] : [node];
    });
  }

  /** How many nodes have to be touched, wherever the bounds are laid, for an answer that is better than the best yet. */
  #outOfBounds({ isNew }: { readonly isNew: boolean }): number {
    const fills = this.state.fills().toSorted((a, b) => a - b);
    const wanted = isNew ? this.points : this.points - 1;
    let inside = 0;
    for (const [i, low] of fills.entries()) {
      let end = i;
      while (end < fills.length && pointsOf((fills[end] ?? 0) - low) <= wanted) end++;
      inside = Math.max(inside, end - i);
    }
    return fills.length - inside;
  }

  /** The answer so far is of fewer moves, unless it `isNew`: then of as many. */
  #look(found: { isNew: boolean }): void {
    const points = this.state.points();
    if (found.isNew ? points > this.points : points >= this.points) return;
    const memory = this.#now.reduce((sum, { unit }) => sum + this.state.memory(unit), 0);
    if (found.isNew && points === this.points && memory >= this.#memory) return;
    if (!this.#now.every(({ unit }) => this.state.fits(unit))) return;
    this.#take(this.#now, points, memory, found);
  }

  #take(moves: readonly BalanceMove[], points: number, memory: number, found: { isNew: boolean }): void {
    const ordered = moveOrder(this.state.input, moves);
    if (ordered === undefined || this.options.refused?.(ordered) === true) return;
    Object.assign(this, { moves: ordered, points });
    this.#memory = memory;
    found.isNew = true;
  }

  /** The single move that evens out most, then the next one; those that turn out to be needless are left out. */
  stepByStep(): void {
    const moves: BalanceMove[] = [];
    const home = this.state.at.slice();
    const { threshold, most } = this.options;
    while (this.#size(moves) < most && this.state.points() > threshold) {
      const next = this.#bestStep(moves, most - this.#size(moves));
      if (next === undefined) break;
      this.state.move(next);
      moves.push(next);
    }
    const back = (): void => {
      for (const { unit } of moves) this.state.move({ unit, to: home[unit] ?? -1 });
    };
    back();
    const kept = this.#withoutNeedless(moves, home);
    for (const one of kept) this.state.move(one);
    const points = this.state.points();
    back();
    if (points < this.points) this.#take(kept, points, 0, { isNew: false });
  }

  #size(moves: readonly BalanceMove[]): number {
    return moves.reduce((sum, { unit }) => sum + (this.state.input.units[unit]?.vms.length ?? 0), 0);
  }

  #bestStep(moves: readonly BalanceMove[], left: number): BalanceMove | undefined {
    let best: BalanceMove | undefined;
    let least = this.#unevenness() - 1e-9;
    for (const [unit, { vms }] of this.state.input.units.entries()) {
      if (vms.length > left || moves.some((one) => one.unit === unit)) continue;
      const from = this.state.at[unit] ?? -1;
      for (const to of this.#targets(unit)) {
        this.state.move({ unit, to });
        const then = this.#unevenness();
        const fits = then < least && this.state.fits(unit);
        this.state.move({ unit, to: from });
        if (!fits || this.options.refused?.([...moves, { unit, to }]) === true) continue;
        [best, least] = [{ unit, to }, then];
      }
    }
    return best;
  }

  #unevenness(): number {
    return this.state.fills().reduce((sum, fill) => sum + fill * fill, 0);
  }

  #withoutNeedless(moves: readonly BalanceMove[], home: readonly number[]): readonly BalanceMove[] {
    let kept = moves;
    const pointsWith = (some: readonly BalanceMove[]): number => {
      for (const one of some) this.state.move(one);
      const points = this.state.points();
      for (const { unit } of some) this.state.move({ unit, to: home[unit] ?? -1 });
      return points;
    };
    const enough = Math.max(this.options.threshold, pointsWith(moves));
    for (const one of moves) {
      const without = kept.filter((other) => other !== one);
      if (pointsWith(without) > enough || moveOrder(this.state.input, without) === undefined) continue;
      if (this.options.refused?.(without) !== true) kept = without;
    }
    return kept;
  }
}
