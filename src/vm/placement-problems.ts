import { nearest } from "../base/nearest.ts";
import { colocationWeight, mostSteps } from "./colocation-weight.ts";
import { labelBearers } from "./label-bearers.ts";
import { resourceId } from "./names.ts";
import { labelConstraints, type Other, type PlacedVm, vmConstraints } from "./placement.ts";

/** What is wrong with the placement of a VM, in view of that of all others. */
export interface PlacementProblem {
  readonly name: string;
  /** The field: ["placement", "apart-from", 0]. */
  readonly path: readonly PropertyKey[];
  /** Read after the field: "expected …, found …". */
  readonly what: string;
}

/**
 * Finds placements that cannot all hold: with themselves, with each other, with the nodes that there are. Only
 * what must hold is looked at; what should hold may give way.
 *
 * @param vms All VMs of the cluster, as they would be
 * @param concerned The names of those that are being added or changed: what others contradict is not their fault
 * @param nodes The cluster's nodes; an empty list where they are not known
 */
export function placementProblems(
  vms: readonly PlacedVm[],
  concerned: ReadonlySet<string>,
  nodes: readonly string[],
): readonly PlacementProblem[] {
  const all = new Map(vms.map((vm) => [vm.name, vm]));
  const own = vms.filter(({ name }) => concerned.has(name));
  return [
    ...own.flatMap((vm) => [...nodeProblems(vm, nodes), ...selfProblems(vm)]),
    ...own.flatMap((vm) => missingVms(vm, all)),
    ...besideProblems(vms, concerned, nodes),
    ...cycles(own, all),
    ...tangles(vms, own),
  ];
}

function nodeProblems({ name, placement = {} }: PlacedVm, nodes: readonly string[]): PlacementProblem[] {
  const { prefer = [], "only-on": only, "never-on": never = [] } = placement;
  const problems: PlacementProblem[] = [];
  const at = (field: string, index: number, what: string): void => {
    problems.push({ name, path: ["placement", field, index], what });
  };
  for (const [i, node] of (only ?? []).entries()) {
    if (never.includes(node)) at("only-on", i, `expected a node that is not in never-on too, found ${node}`);
  }
  for (const [i, node] of prefer.entries()) {
    if (never.includes(node))
      at("prefer", i, `expected a node that it may run on, found ${node}, of never-on`);
    else if (only !== undefined && !only.includes(node)) {
      at("prefer", i, `expected a node of only-on (${only.join(", ")}), found ${node}`);
    }
  }
  if (nodes.length > 0 && never.length > 0 && nodes.every((node) => never.includes(node))) {
    at("never-on", 0, `expected to leave a node to run on, found all of the cluster's (${nodes.join(", ")})`);
  }
  return problems;
}

function selfProblems({ name, placement = {} }: PlacedVm): PlacementProblem[] {
  return (["apart-from", "together-with", "after"] as const).flatMap((field) =>
    (placement[field] ?? []).flatMap(({ vm }, i): PlacementProblem[] =>
      vm === name
        ? [{ name, path: ["placement", field, i], what: "expected another VM, found the VM itself" }]
        : [],
    ),
  );
}

function missingVms(
  { name, placement = {} }: PlacedVm,
  all: ReadonlyMap<string, PlacedVm>,
): PlacementProblem[] {
  return (["apart-from", "together-with", "after"] as const).flatMap((field) =>
    (placement[field] ?? []).flatMap(({ vm }, i): PlacementProblem[] => {
      if (vm === undefined || all.has(vm)) return [];
      const like = nearest(vm, [...all.keys()]);
      const hint = like === undefined ? "" : ` (did you mean ${like}?)`;
      const what = `expected a VM of the cluster, or one that is added with it, found ${vm}${hint}`;
      return [{ name, path: ["placement", field, i], what }];
    }),
  );
}

/** A pair of VMs that must be apart, or together, and the entry that says so. */
interface Pair {
  readonly name: string;
  readonly other: string;
  readonly path: readonly PropertyKey[];
}

function pairs(vms: readonly PlacedVm[], field: "apart-from" | "together-with"): readonly Pair[] {
  const bearers = labelBearers(vms);
  const known = new Set(vms.map(({ name }) => name));
  const meant = ({ vm, label }: Other): readonly string[] =>
    vm === undefined ? (bearers.get(label ?? "") ?? []) : known.has(vm) ? [vm] : [];
  return vms.flatMap(({ name, placement }) =>
    (placement?.[field] ?? []).flatMap((entry, i) =>
      entry.strength === "should"
        ? []
        : meant(entry)
            .filter((other) => other !== name)
            .map((other): Pair => ({ name, other, path: ["placement", field, i] })),
    ),
  );
}

function besideProblems(
  vms: readonly PlacedVm[],
  concerned: ReadonlySet<string>,
  nodes: readonly string[],
): PlacementProblem[] {
  const together = pairs(vms, "together-with");
  const groups = groupsOf(vms, together);
  const members = Map.groupBy(vms, ({ name }) => groups.get(name) ?? name);
  const allowed = new Map(vms.map((vm) => [vm.name, allowedNodes(vm, nodes)]));
  const touches = (group: string): boolean =>
    members.get(group)?.some(({ name }) => concerned.has(name)) === true;
  const problems: PlacementProblem[] = [];
  for (const { name, other, path } of pairs(vms, "apart-from")) {
    const group = groups.get(name) ?? name;
    if (group === groups.get(other)) {
      if (!touches(group)) continue;
      const direct = together.some(
        (one) => (one.name === name && one.other === other) || (one.name === other && one.other === name),
      );
      const how = direct ? "" : " by way of others";
      const what = `expected VMs that ${name} need not be together with, found ${other}, which must run where ${name} does${how}`;
      problems.push(blame(concerned, members.get(group) ?? [], name, path, what));
    } else if (concerned.has(name) || concerned.has(other)) {
      const [only, ...more] = allowed.get(name) ?? [];
      const theirs = allowed.get(other) ?? [];
      if (only === undefined || more.length > 0 || theirs.length !== 1 || theirs[0] !== only) continue;
      const what = `expected another node than ${only} for one of them, found that ${name} and ${other} may run nowhere else and must be apart`;
      problems.push(blame(concerned, [{ name: other }], name, path, what));
    }
  }
  for (const [group, found] of members) {
    if (found.length < 2 || nodes.length === 0 || !touches(group)) continue;
    const common = nodes.filter((node) =>
      found.every(({ name }) => allowed.get(name)?.includes(node) === true),
    );
    if (common.length > 0) continue;
    const which = found.map(({ name }) => `${name} on ${allowed.get(name)?.join(", ") || "none"}`).join("; ");
    const what = `expected a node that all VMs that must be together may run on, found none: ${which}`;
    problems.push(blame(concerned, found, found[0]?.name ?? "", ["placement", "together-with"], what));
  }
  return problems;
}

/** The problem as that of the VM that says it, or of one of the others if that one is not being changed. */
function blame(
  concerned: ReadonlySet<string>,
  others: readonly PlacedVm[],
  name: string,
  path: readonly PropertyKey[],
  what: string,
): PlacementProblem {
  if (concerned.has(name)) return { name, path, what };
  const other = others.find((one) => concerned.has(one.name));
  return { name: other?.name ?? name, path: ["placement"], what };
}

/** The name of the first of the VMs that must be together with a VM, by name. */
function groupsOf(vms: readonly PlacedVm[], together: readonly Pair[]): ReadonlyMap<string, string> {
  const parent = new Map(vms.map(({ name }) => [name, name]));
  const find = (name: string): string => {
    let root = name;
    for (let up = parent.get(root); up !== undefined && up !== root; up = parent.get(root)) root = up;
    parent.set(name, root);
    return root;
  };
  for (const { name, other } of together) parent.set(find(name), find(other));
  return new Map(vms.map(({ name }) => [name, find(name)]));
}

/** The nodes of the cluster that a VM's placement allows. */
export function allowedNodes({ placement = {} }: PlacedVm, nodes: readonly string[]): readonly string[] {
  const { "only-on": only, "never-on": never = [] } = placement;
  return nodes.filter((node) => (only === undefined || only.includes(node)) && !never.includes(node));
}

/** VMs that are tied to so many others, on so many ways, that the scheduler would not come to an end. */
function tangles(vms: readonly PlacedVm[], own: readonly PlacedVm[]): PlacementProblem[] {
  if (own.every(({ placement, labels }) => placement === undefined && labels === undefined)) return [];
  const weight = colocationWeight([
    ...vms.flatMap((vm) => vmConstraints(vm).filter(({ name }) => name === "rsc_colocation")),
    ...labelConstraints(vms),
  ]);
  const worst = own.find(({ name }) => weight(resourceId(name)) > mostSteps);
  if (worst === undefined) return [];
  const what =
    "expected fewer VMs that are apart from or together with each other in a circle, found so many ways through them that Pacemaker would take minutes to decide; a label that all of them bear, and are apart from, costs it nothing";
  return [{ name: worst.name, path: ["placement"], what }];
}

/** Orders that lead back to where they began: none of the VMs could ever start. */
function cycles(own: readonly PlacedVm[], all: ReadonlyMap<string, PlacedVm>): PlacementProblem[] {
  const problems: PlacementProblem[] = [];
  const told = new Set<string>();
  for (const { name } of own) {
    if (told.has(name)) continue;
    const way = wayBack(name, all);
    if (way === undefined) continue;
    for (const one of way) told.add(one);
    const what = `expected an order with a beginning, found ${[...way, name].join(" after ")}`;
    problems.push({ name, path: ["placement", "after"], what });
  }
  return problems;
}

/** The VMs from one along `after` back to itself, in order. */
function wayBack(start: string, all: ReadonlyMap<string, PlacedVm>): readonly string[] | undefined {
  const from = new Map<string, string>();
  const queue = [start];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    for (const { vm } of all.get(name)?.placement?.after ?? []) {
      // After itself: told of already.
      if (vm === start && name !== start) {
        const way = [name];
        for (let one = from.get(name); one !== undefined; one = from.get(one)) way.unshift(one);
        return way;
      }
      if (vm === start || from.has(vm)) continue;
      from.set(vm, name);
      queue.push(vm);
    }
  }
  return undefined;
}
