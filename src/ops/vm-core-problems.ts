import type { Cib } from "../pacemaker/cib.ts";
import { allowedNodes } from "../vm/placement-problems.ts";
import type { VmEntry } from "../vm/vms-in-cib.ts";
import { coresAttribute, coresOf } from "../vm/whole-cores.ts";
import type { FieldProblem, PlannedVm } from "./vm-plan.ts";

/**
 * Planned VMs with more CPUs than any node has cores, and those that must not be overcommitted where nodes have too
 * few cores for all such VMs that can run nowhere else. Whether they fit node by node is the scheduler's business.
 *
 * @param cores By node; a node that is not in it may have any number
 */
export function coreProblems(
  planned: readonly PlannedVm[],
  others: readonly VmEntry[],
  cib: Cib,
  cores: ReadonlyMap<string, number>,
): readonly { readonly vm: PlannedVm; readonly problem: FieldProblem }[] {
  if (cores.size === 0) return [];
  const names = cib.nodes.map(({ name }) => name);
  const demands = demandsOf(planned, others, cib, names);
  return planned.flatMap((vm) => {
    const { cpu } = vm.resolved;
    const path = ["cpu"];
    const nodes = allowedNodes(vm.resolved, names);
    if (cpu === undefined || cpu.count < 2 || nodes.length === 0 || !nodes.every((node) => cores.has(node)))
      return [];
    const had = vm.before?.spec.cpu;
    const isAsBefore = had?.count === cpu.count && had.overcommit === cpu.overcommit;
    if (isAsBefore) return [];
    const most = Math.max(...nodes.map((node) => cores.get(node) ?? 0));
    // By the cluster's ratio it is too much already: that is said elsewhere.
    if (cpu.count > Math.max(...nodes.map((node) => counted(cib, node)))) return [];
    if (cpu.count > most && cpu.overcommit !== true) {
      const which =
        nodes.length === names.length ? "the largest node" : "the largest node that it may run on";
      const what = `expected at most ${most} CPUs, which is what ${which} has, found ${cpu.count}; with overcommit: true it may have more`;
      return [{ vm, problem: { path, what } }];
    }
    if (coresOf(vm.resolved) === undefined) return [];
    const all = sum(nodes.map((node) => cores.get(node) ?? 0));
    const inside = demands.filter((demand) => demand.nodes.every((node) => nodes.includes(node)));
    const wanted = sum(inside.map(({ count }) => count));
    if (wanted <= all) return [];
    const rest = inside.filter(({ name }) => name !== vm.name).map(({ name }) => name);
    const beside = rest.length === 0 ? "" : ` with ${listOf(rest)}`;
    const what = `expected VMs without overcommit to have at most the ${all} CPUs of ${nodes.join(", ")}, found ${wanted}${beside}; with overcommit: true it shares them`;
    return [{ vm, problem: { path, what } }];
  });
}

function counted(cib: Cib, node: string): number {
  return Number(cib.node(node)?.utilization.get("cpu") ?? Number.POSITIVE_INFINITY);
}

interface Demand {
  readonly name: string;
  readonly count: number;
  readonly nodes: readonly string[];
}

/** What takes cores for itself: planned VMs, and others that are wanted to run. */
function demandsOf(
  planned: readonly PlannedVm[],
  others: readonly VmEntry[],
  cib: Cib,
  names: readonly string[],
): readonly Demand[] {
  return [
    ...planned.map(({ name, resolved }) => ({
      name,
      count: coresOf(resolved) ?? 0,
      nodes: allowedNodes(resolved, names),
    })),
    ...others
      .filter(({ targetRole }) => targetRole !== "Stopped")
      .map(({ name, element, spec }) => ({
        name,
        count: Number(cib.nvpairs(element, "utilization").get(coresAttribute) ?? 0),
        nodes: allowedNodes({ ...spec, name }, names),
      })),
  ].filter(({ count }) => count > 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function listOf(names: readonly string[]): string {
  return names.length <= 5
    ? names.join(", ")
    : `${names.slice(0, 4).join(", ")} and ${names.length - 4} more`;
}
