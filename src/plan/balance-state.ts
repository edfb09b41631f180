import type { Utilization } from "./room.ts";

/** What is evened out. */
export const balancedKinds = ["memory", "cpu"] as const;

/** A node that takes VMs. */
export interface BalanceNode {
  readonly name: string;
  readonly capacity: Utilization;
  /** What is given away there now. */
  readonly used: Utilization;
}

/** VMs that can only go together; mostly one. */
export interface BalanceUnit {
  readonly vms: readonly string[];
  readonly node: string;
  /** Together. */
  readonly asks: Utilization;
  /** Nodes that all of them may go to, but for room and for who is there. */
  readonly to: readonly string[];
  /** VMs that none of them may be on one node with. */
  readonly apart: readonly string[];
}

export interface BalanceInput {
  readonly nodes: readonly BalanceNode[];
  /** Units that may be moved, and those that may not: `to` is empty then. */
  readonly units: readonly BalanceUnit[];
  /** Whether Pacemaker refuses more than a node has. */
  readonly counts: boolean;
}

/** A unit's way, by the places of both in the input. */
export interface BalanceMove {
  readonly unit: number;
  readonly to: number;
}

/**
 * Which unit is where while moves are tried, and how full the nodes are. A node is as full as the kind of which it has the
 * least left.
 */
export class BalanceState {
  readonly at: number[];
  readonly #used: number[][];
  readonly #capacity: readonly (readonly number[])[];
  readonly #asks: readonly (readonly number[])[];
  readonly #kinds: readonly string[];
  readonly #rivals: readonly (readonly number[])[];

  constructor(readonly input: BalanceInput) {
    const { nodes, units } = input;
    this.#kinds = [...new Set([...balancedKinds, ...nodes.flatMap(({ capacity }) => [...capacity.keys()])])];
    const places = new Map(nodes.map(({ name }, i) => [name, i]));
    this.at = units.map(({ node }) => places.get(node) ?? -1);
    this.#used = nodes.map(({ used }) => this.#kinds.map((kind) => used.get(kind) ?? 0));
    this.#capacity = nodes.map(({ capacity }) =>
      this.#kinds.map((kind) => capacity.get(kind) ?? Number.POSITIVE_INFINITY),
    );
    this.#asks = units.map(({ asks }) => this.#kinds.map((kind) => asks.get(kind) ?? 0));
    const unitOf = new Map(units.flatMap(({ vms }, i) => vms.map((vm) => [vm, i] as const)));
    const rivals = units.map(() => new Set<number>());
    for (const [i, { apart }] of units.entries()) {
      for (const vm of apart) {
        const other = unitOf.get(vm);
        if (other === undefined || other === i) continue;
        rivals[i]?.add(other);
        rivals[other]?.add(i);
      }
    }
    this.#rivals = rivals.map((one) => [...one]);
  }

  move({ unit, to }: BalanceMove): void {
    this.#shift(this.at[unit] ?? -1, unit, -1);
    this.#shift(to, unit, 1);
    this.at[unit] = to;
  }

  #shift(node: number, unit: number, sign: number): void {
    const used = this.#used[node];
    const asks = this.#asks[unit];
    if (used === undefined || asks === undefined) return;
    for (const [k, amount] of asks.entries()) used[k] = (used[k] ?? 0) + sign * amount;
  }

  /** How full a node is: 1 where nothing is left of memory, or of processors. */
  fill(node: number): number {
    let most = 0;
    for (const k of balancedKinds.keys()) {
      const capacity = this.#capacity[node]?.[k] ?? Number.POSITIVE_INFINITY;
      if (capacity > 0) most = Math.max(most, (this.#used[node]?.[k] ?? 0) / capacity);
    }
    return most;
  }

  fills(): readonly number[] {
    return this.input.nodes.map((_, i) => this.fill(i));
  }

  /** How far the fullest node and the emptiest are apart, in whole percentage points. */
  points(): number {
    const fills = this.fills();
    return fills.length === 0 ? 0 : pointsOf(Math.max(...fills) - Math.min(...fills));
  }

  /** Whether a unit, as things are, may be on the node where it is, and finds room there. */
  fits(unit: number): boolean {
    const node = this.at[unit] ?? -1;
    if (this.#rivals[unit]?.some((other) => this.at[other] === node) === true) return false;
    if (!this.input.counts) return true;
    const used = this.#used[node] ?? [];
    return (this.#asks[unit] ?? []).every(
      (amount, k) => amount === 0 || (used[k] ?? 0) <= (this.#capacity[node]?.[k] ?? 0),
    );
  }

  /** Whether two units are the same to everyone: the one may go for the other. */
  isLike(one: number, other: number): boolean {
    const [a, b] = [this.input.units[one], this.input.units[other]];
    if (a === undefined || b === undefined || a.vms.length !== 1 || b.vms.length !== 1) return false;
    const hasRivals = [one, other].some((unit) => (this.#rivals[unit]?.length ?? 0) > 0);
    return (
      !hasRivals &&
      a.node === b.node &&
      a.to.join(" ") === b.to.join(" ") &&
      (this.#asks[one] ?? []).every((amount, k) => amount === this.#asks[other]?.[k])
    );
  }

  /** MiB that a unit has to be moved with. */
  memory(unit: number): number {
    return this.#asks[unit]?.[0] ?? 0;
  }
}

/** A share as whole percentage points. */
export function pointsOf(share: number): number {
  return Math.round(share * 100);
}
