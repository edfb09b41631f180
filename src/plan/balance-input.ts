import { vmCannot } from "../contract/vm-can.ts";
import type { VmView } from "../contract/vm-view.ts";
import { type BalanceInput, type BalanceNode, type BalanceUnit, balancedKinds } from "./balance-state.ts";
import { companionsOf } from "./companions.ts";
import type { Utilization } from "./room.ts";
import { type Moment, nodesOf, whyNeverThere, whyNotOpen } from "./why-not-there.ts";

/** A cluster as it is to be evened out, and what cannot take part in that. */
export interface BalanceWorld extends BalanceInput {
  /** VMs that run and are not moved, with the reason, to be read after the name. */
  readonly unmovable: readonly { readonly name: string; readonly why: string }[];
  /** Nodes that are not counted, with the reason. */
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
}

/** What a moment has to be evened out: nodes that take VMs, and VMs that may move live. */
export function balanceInput(moment: Moment, vms: readonly VmView[]): BalanceWorld {
  const leftOut: { name: string; why: string }[] = [];
  const nodes: BalanceNode[] = [];
  for (const name of nodesOf(moment)) {
    const capacity = moment.room.capacity(name);
    const closed = whyNotOpen(moment, name)?.text;
    const isMeasured = balancedKinds.some((kind) => (capacity.get(kind) ?? 0) > 0);
    const why = closed ?? (isMeasured ? undefined : "it does not say what it has (its utilization)");
    if (why !== undefined) leftOut.push({ name, why });
    else nodes.push({ name, capacity, used: usedOn(moment, name) });
  }
  const names = nodes.map(({ name }) => name);
  const there = vms.filter((vm) => vm.nodes.some((node) => names.includes(node)));
  const unmovable = there.flatMap((vm) => {
    const why = whyUnmovable(moment, vm, there);
    return why === undefined ? [] : [{ name: vm.name, why }];
  });
  const fixed = new Set(unmovable.map(({ name }) => name));
  const units = groupsOf(moment, there).map((group) => unitOf(moment, group, names, fixed));
  return { nodes, units: units.toSorted(byKind), counts: moment.room.counts, unmovable, leftOut };
}

function usedOn({ room, places }: Moment, node: string): Utilization {
  return sumOf([...places].filter(([, at]) => at === node).map(([resource]) => room.asks(resource)));
}

function sumOf(all: readonly Utilization[]): Utilization {
  const sum = new Map<string, number>();
  for (const one of all) for (const [kind, amount] of one) sum.set(kind, (sum.get(kind) ?? 0) + amount);
  return sum;
}

function whyUnmovable({ cib }: Moment, vm: VmView, there: readonly VmView[]): string | undefined {
  const why = vmCannot("move", vm);
  if (why !== undefined) return why;
  if (vm.nodes.length !== 1 || vm.move !== undefined) return "is being moved just now";
  const known = new Set(there.map(({ resource }) => resource));
  const other = companionsOf(cib, vm.resource).find(
    (one) => one.how === "together" && !known.has(one.resource),
  );
  return other === undefined ? undefined : `must be with ${other.resource}, which is no VM that runs here`;
}

/** VMs that must be together, whoever hangs on whom, are moved as one. */
function groupsOf({ cib }: Moment, vms: readonly VmView[]): readonly (readonly VmView[])[] {
  const byResource = new Map(vms.map((vm) => [vm.resource, vm]));
  const groups = new Map<VmView, Set<VmView>>(vms.map((vm) => [vm, new Set([vm])]));
  for (const vm of vms) {
    for (const { resource, how } of companionsOf(cib, vm.resource)) {
      const other = byResource.get(resource);
      const [mine, theirs] = [groups.get(vm), other === undefined ? undefined : groups.get(other)];
      if (how !== "together" || mine === undefined || theirs === undefined || mine === theirs) continue;
      for (const one of theirs) groups.set(one, mine.add(one));
    }
  }
  return [...new Set(groups.values())].map((group) => [...group]);
}

function unitOf(
  moment: Moment,
  group: readonly VmView[],
  nodes: readonly string[],
  fixed: ReadonlySet<string>,
): BalanceUnit {
  const home = group[0]?.nodes[0] ?? "";
  const isMovable = group.every((vm) => !fixed.has(vm.name) && vm.nodes[0] === home);
  const constraints = new Map(group.map((vm) => [vm, moment.cib.constraintsOf(vm.resource)]));
  const mayGo = (node: string): boolean =>
    group.every((vm) => whyNeverThere(moment, vm.resource, node, constraints.get(vm)).length === 0);
  const apart = group.flatMap((vm) =>
    companionsOf(moment.cib, vm.resource).flatMap(({ how, resource }) => (how === "apart" ? [resource] : [])),
  );
  return {
    vms: group.map(({ resource }) => resource),
    node: home,
    asks: sumOf(group.map(({ resource }) => moment.room.asks(resource))),
    to: isMovable ? nodes.filter((node) => node !== home && mayGo(node)) : [],
    apart,
  };
}

/** Those that are alike stand beside each other; the large ones first, of which few are enough. */
function byKind(a: BalanceUnit, b: BalanceUnit): number {
  const text = (unit: BalanceUnit): string => `${unit.node} ${unit.to.join(" ")}`;
  const size = (unit: BalanceUnit, kind: string): number => unit.asks.get(kind) ?? 0;
  for (const kind of balancedKinds) if (size(a, kind) !== size(b, kind)) return size(b, kind) - size(a, kind);
  return text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0;
}
