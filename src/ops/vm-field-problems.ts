import { nearest } from "../base/nearest.ts";
import type { CibNode } from "../pacemaker/cib.ts";
import { vmDefaults } from "../vm/defaults.ts";
import { bindsToNode } from "../vm/host-devices.ts";
import { allowedNodes } from "../vm/placement-problems.ts";
import type { Environment } from "./environment.ts";
import { fileProblems } from "./file-problems.ts";
import { pathsToMake } from "./plan-makings.ts";
import type { FieldProblem, PlannedVm } from "./vm-plan.ts";

/**
 * What is wrong with a planned VM by itself: nodes that are not there, too little room, files, host devices.
 *
 * @param nodes The cluster's
 */
export async function fieldProblems(
  environment: Environment,
  { resolved, xml, read, before }: PlannedVm,
  nodes: readonly CibNode[],
  asksFiles = true,
): Promise<readonly FieldProblem[]> {
  const names = nodes.map(({ name }) => name);
  const problems: FieldProblem[] = [];
  for (const field of ["prefer", "only-on", "never-on"] as const) {
    for (const [i, name] of (resolved.placement?.[field] ?? []).entries()) {
      if (names.includes(name)) continue;
      const like = nearest(name, names);
      const hint = like === undefined ? ` (the nodes are ${names.join(", ")})` : ` (did you mean ${like}?)`;
      problems.push({
        path: ["placement", field, i],
        what: `expected a node of the cluster, found ${name}${hint}`,
      });
    }
  }
  const allowed = allowedNodes(resolved, names);
  const possible = nodes.filter(({ name }) => allowed.includes(name));
  problems.push(...tooLarge(resolved.memory, resolved.cpu?.count ?? vmDefaults.cpuCount, possible, nodes));
  if (bindsToNode(xml) && resolved.placement?.["only-on"] === undefined) {
    const what =
      "expected only-on with the node that has the VM's host devices, found nothing: a USB or PCI device stays where it is";
    problems.push({ path: ["placement", "only-on"], what });
  }
  if (environment.isLive && asksFiles) {
    const had = JSON.stringify(before?.spec ?? {});
    for (const found of await fileProblems(read.spec, pathsToMake(resolved, before?.spec))) {
      // A file that it has already is no reason to refuse a change of something else.
      if (had.includes(JSON.stringify(found.path))) continue;
      problems.push({ path: found.field, what: `${found.path} ${found.why}` });
    }
  }
  return problems;
}

/** What the VM needs more of than any node has to give. Nodes without figures take anything. */
function tooLarge(
  memory: number,
  cpu: number,
  possible: readonly CibNode[],
  all: readonly CibNode[],
): readonly FieldProblem[] {
  // Where no node is allowed, that is the problem.
  if (possible.length === 0) return [];
  const which =
    possible.length === all.length ? "the largest node has" : "the largest node that it may run on has";
  const needs: [string, number, string][] = [
    ["memory", memory, " MiB"],
    ["cpu", cpu, " CPUs"],
  ];
  return needs.flatMap(([name, wanted, unit]): FieldProblem[] => {
    const most = Math.max(
      ...possible.map((node) => Number(node.utilization.get(name) ?? Number.POSITIVE_INFINITY)),
    );
    if (wanted <= most) return [];
    return [
      { path: [name], what: `expected at most ${most}${unit}, which is what ${which}, found ${wanted}` },
    ];
  });
}
