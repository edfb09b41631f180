import type { Node, Vm } from "../api/answers.ts";
import { spareMemory } from "./spare-memory.ts";

export interface Lane {
  readonly node: Node;
  /** How long its lane is, in percent of the longest. */
  readonly share: number;
  readonly blocks: readonly { readonly vm: Vm; readonly percent: number }[];
  /** MiB that no VM has; undefined where the node's memory is not known. */
  readonly free: number | undefined;
  /** What must stay free, so that the loss of any one other node is survived; undefined: nothing. */
  readonly reserve: { readonly mib: number; readonly percent: number } | undefined;
  /** Its VMs that would find no room elsewhere if it was lost. */
  readonly homeless: readonly string[];
}

/** What a VM counts whose memory is not known, MiB. */
const usualMib = 1024;
const shortestShare = 20;

/** Where VMs are drawn: in the lane of their node, of both while they migrate, or in none. */
export function laneParts(
  nodes: readonly Node[],
  vms: readonly Vm[],
): { readonly lanes: readonly Lane[]; readonly nowhere: readonly Vm[] } {
  const known = new Set(nodes.map(({ name }) => name));
  const byNode = Map.groupBy(
    vms.flatMap((vm) => vm.nodes.map((node) => ({ node, vm }))),
    ({ node }) => node,
  );
  const spare = spareMemory(nodes, vms);
  const largest = Math.max(1, ...nodes.map(({ memory }) => memory?.capacity ?? 0));
  const lanes = nodes.map((node): Lane => {
    const here = (byNode.get(node.name) ?? []).map(({ vm }) => vm);
    const taken = here.reduce((sum, vm) => sum + (vm.memory ?? usualMib), 0);
    const capacity = node.memory?.capacity;
    // More than there is still fits on the page.
    const whole = Math.max(capacity ?? taken, taken, 1);
    const { reserve = 0, homeless = [] } = spare.get(node.name) ?? {};
    return {
      node,
      share: capacity === undefined ? 100 : Math.max(shortestShare, (capacity / largest) * 100),
      blocks: here.map((vm) => ({ vm, percent: ((vm.memory ?? usualMib) / whole) * 100 })),
      free: node.memory === undefined ? undefined : node.memory.capacity - node.memory.used,
      reserve: reserve === 0 ? undefined : { mib: reserve, percent: (reserve / whole) * 100 },
      homeless,
    };
  });
  return { lanes, nowhere: vms.filter((vm) => !vm.nodes.some((node) => known.has(node))) };
}
