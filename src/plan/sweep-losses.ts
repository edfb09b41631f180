/** Nodes that may be lost together. */
export interface LossCase {
  /** "node3", "node1 and node3", "chassis fence-a", "rack1". */
  readonly name: string;
  readonly nodes: readonly string[];
}

/**
 * Asks for each case what follows, some at once, in the cases' order.
 *
 * @param limit How many at once: each is a scheduler run that keeps a processor busy
 * @param onDone How many are done, after each
 * @throws what `judge` throws, and the signal's reason: none is begun after that
 */
export async function sweepLosses<T>(
  cases: readonly LossCase[],
  judge: (one: LossCase) => Promise<T>,
  options: {
    readonly limit: number;
    readonly signal: AbortSignal;
    readonly onDone?: (done: number) => void;
  },
): Promise<readonly T[]> {
  const results: T[] = new Array<T>(cases.length);
  let next = 0;
  let done = 0;
  let isOver = false;
  const worker = async (): Promise<void> => {
    while (!isOver && next < cases.length) {
      options.signal.throwIfAborted();
      const at = next++;
      const one = cases[at];
      if (one === undefined) return;
      results[at] = await judge(one);
      options.onDone?.(++done);
    }
  };
  const count = Math.max(1, Math.min(options.limit, cases.length));
  try {
    await Promise.all(Array.from({ length: count }, worker));
  } finally {
    isOver = true;
  }
  return results;
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
