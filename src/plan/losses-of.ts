/** Nodes that may be lost together. */
export interface LossCase {
  /** "node3", "node1 and node3", "chassis fence-a", "rack1". */
  readonly name: string;
  readonly nodes: readonly string[];
}

/** Every choice of that many nodes, in the nodes' order. */
export function lossesOf(nodes: readonly string[], count: number): readonly LossCase[] {
  const choose = (from: number, left: number): readonly (readonly string[])[] => {
    if (left === 0) return [[]];
    return nodes
      .slice(from)
      .flatMap((node, i) => choose(from + i + 1, left - 1).map((rest) => [node, ...rest]));
  };
  return choose(0, count).map((chosen) => ({ name: chosen.join(" and "), nodes: chosen }));
}
