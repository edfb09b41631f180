import type { Node, Vm } from "../api/answers.ts";

/** What becomes of a node's VMs when it is lost, by their memory alone. */
export interface SpareMemory {
  /** MiB that must stay free here, so that the loss of any one other node is survived. */
  readonly reserve: number;
  /** Its VMs that would find no room elsewhere, the largest first. */
  readonly homeless: readonly string[];
}

/**
 * What each node must keep free to survive the loss of any one other node, and whose VMs would find no room. Each VM of
 * a lost node is given to the node that has the most free, the largest first, much as Pacemaker's balanced placement
 * does; what keeps VMs together, apart or off a node is the scheduler's to judge. Nodes whose memory is not known are left out.
 *
 * @example
 * spareMemory(status.nodes, vms).get("node1")?.reserve // 4096
 */
export function spareMemory(nodes: readonly Node[], vms: readonly Vm[]): ReadonlyMap<string, SpareMemory> {
  const open = nodes.flatMap(({ name, state, memory }) =>
    state === "online" && memory !== undefined
      ? [{ name, free: Math.max(0, memory.capacity - memory.used) }]
      : [],
  );
  const reserves = new Map(open.map(({ name }) => [name, 0]));
  const homeless = new Map<string, readonly string[]>();
  const byNode = Map.groupBy(
    vms.filter(({ wanted, nodes: on }) => wanted === "running" && on.length > 0),
    (vm) => vm.nodes[0] ?? "",
  );
  for (const { name, memory } of nodes) {
    if (memory === undefined) continue;
    const { given, left } = giveAway(
      byNode.get(name) ?? [],
      open.filter((one) => one.name !== name),
    );
    homeless.set(name, left);
    for (const [to, mib] of given) reserves.set(to, Math.max(reserves.get(to) ?? 0, mib));
  }
  return new Map(
    [...homeless].map(([name, left]) => [name, { reserve: reserves.get(name) ?? 0, homeless: left }]),
  );
}

interface Place {
  readonly name: string;
  readonly free: number;
}

/** Who takes how much, MiB, and which VMs nobody can take. */
function giveAway(
  vms: readonly Vm[],
  places: readonly Place[],
): { readonly given: ReadonlyMap<string, number>; readonly left: readonly string[] } {
  const given = new Map<string, number>();
  const left: string[] = [];
  const freeOf = ({ name, free }: Place): number => free - (given.get(name) ?? 0);
  for (const { name, memory = 0 } of vms.toSorted((a, b) => (b.memory ?? 0) - (a.memory ?? 0))) {
    const [first, ...others] = places;
    if (first === undefined) {
      left.push(name);
      continue;
    }
    const best = others.reduce((one, other) => (freeOf(other) > freeOf(one) ? other : one), first);
    if (freeOf(best) < memory) left.push(name);
    else given.set(best.name, (given.get(best.name) ?? 0) + memory);
  }
  return { given, left };
}
