import type { VmView } from "../contract/vm-view.ts";
import { Bonds } from "./bonds.ts";
import type { Room, Utilization } from "./room.ts";
import { type Moment, nodesOf, whyNotOpen } from "./why-not-there.ts";

/** `fits`: whatever the scheduler does, all VMs of the nodes find a place. `short`: not all can. */
export type QuickAnswer =
  | { readonly answer: "fits" }
  | { readonly answer: "short"; readonly why: string }
  /** Only the scheduler knows. */
  | { readonly answer: "unknown"; readonly why: string };

/** What is counted of a VM. */
export type QuickVm = Pick<VmView, "name" | "resource" | "wanted" | "nodes">;

/**
 * Whether the VMs of nodes find a place on the others when these are lost, by arithmetic alone: takes no moment, and
 * says so where it cannot tell.
 *
 * `short` counts what is asked for against what is free in all: no placement gets around that. `fits` holds for every
 * order in which the scheduler may place them: even if all the others were placed so as to be in the way of one VM,
 * they do not ask for enough to fill every node. For each node, what has to be put there to shut the VM out is a share
 * of what the others ask for, of that kind of which it takes the smallest share; the kinds are one budget each. And each
 * node takes at least one of them.
 */
export class QuickLosses {
  readonly #room: Room;
  readonly #bonds: Bonds;
  readonly #failed: ReadonlySet<string>;
  /** What is free on nodes that take VMs. */
  readonly #free = new Map<string, Utilization>();
  readonly #wanted: readonly QuickVm[];

  constructor(moment: Moment, vms: readonly QuickVm[]) {
    const { cib, status, room, places } = moment;
    this.#room = room;
    this.#bonds = new Bonds(cib);
    this.#failed = new Set(status.failCounts.map(({ resource }) => resource));
    this.#wanted = vms.filter((vm) => vm.wanted === "running" && vm.nodes.length > 0);
    const there = Map.groupBy(places.keys(), (resource) => places.get(resource) ?? "");
    for (const node of nodesOf(moment)) {
      if (whyNotOpen(moment, node) !== undefined) continue;
      this.#free.set(node, room.free(node, there.get(node) ?? []));
    }
  }

  /** What follows from the loss of nodes at once. */
  of(lost: readonly string[]): QuickAnswer {
    const own = this.#wanted.filter((vm) => vm.nodes.some((node) => lost.includes(node)));
    if (own.length === 0) return { answer: "fits" };
    const free = [...this.#free].filter(([node]) => !lost.includes(node)).map(([, left]) => left);
    if (free.length === 0) return { answer: "short", why: "no node is left that takes VMs" };
    const asked = this.#sum(own);
    const shortage = this.#room.counts ? shortOf(asked, free) : undefined;
    if (shortage !== undefined) return { answer: "short", why: shortage };
    for (const { name, resource } of own) {
      const why = this.#failed.has(resource) ? "has failed lately" : this.#bonds.of(resource);
      if (why !== undefined) return { answer: "unknown", why: `${name} ${why}` };
      if (this.#room.counts && !alwaysFits(this.#room.asks(resource), asked, free, own.length - 1)) {
        return { answer: "unknown", why: `whether ${name} finds room hangs on where the others go` };
      }
    }
    return { answer: "fits" };
  }

  #sum(vms: readonly QuickVm[]): Utilization {
    const sum = new Map<string, number>();
    for (const { resource } of vms) {
      for (const [kind, amount] of this.#room.asks(resource)) sum.set(kind, (sum.get(kind) ?? 0) + amount);
    }
    return sum;
  }
}

function shortOf(asked: Utilization, free: readonly Utilization[]): string | undefined {
  for (const [kind, amount] of asked) {
    let all = 0;
    for (const node of free) all += Math.max(0, node.get(kind) ?? Number.POSITIVE_INFINITY);
    const unit = kind === "memory" ? " MiB" : "";
    if (amount > all) return `its VMs need ${amount}${unit} of ${kind}, and ${all}${unit} are free elsewhere`;
  }
  return undefined;
}

function alwaysFits(
  own: Utilization,
  asked: Utilization,
  free: readonly Utilization[],
  others: number,
): boolean {
  let filled = 0;
  let open = 0;
  for (const node of free) {
    const share = shareInTheWay(own, asked, node);
    filled += share;
    if (share > 0) open += 1;
    // At least one VM is in the way on each node.
    if (filled > asked.size || open > others) return true;
  }
  return false;
}

/** The smallest share of what the others ask for that, put on a node, leaves no room there. */
function shareInTheWay(own: Utilization, asked: Utilization, node: Utilization): number {
  let least = Number.POSITIVE_INFINITY;
  for (const [kind, needs] of own) {
    const left = node.get(kind);
    if (left === undefined || needs === 0) continue;
    const inTheWay = left - needs + 1;
    const others = (asked.get(kind) ?? 0) - needs;
    if (inTheWay <= 0) return 0;
    if (others > 0) least = Math.min(least, inTheWay / others);
  }
  return least;
}
