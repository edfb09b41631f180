export interface SomeAtOnceOptions {
  /** How many are under way at the same time, from 1 on. */
  readonly limit: number;
  readonly signal: AbortSignal;
  /** How many are done, after each. */
  readonly onDone?: (done: number) => void;
}

/**
 * Does some work for each item, some at once. The results are in the items' order.
 *
 * @throws what `work` throws, and the signal's reason: none is begun after that
 */
export async function someAtOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  { limit, signal, onDone }: SomeAtOnceOptions,
): Promise<readonly Result[]> {
  const results: Result[] = new Array<Result>(items.length);
  const left = items.entries();
  let done = 0;
  let isOver = false;
  const worker = async (): Promise<void> => {
    for (const [at, item] of left) {
      if (isOver) return;
      signal.throwIfAborted();
      results[at] = await work(item);
      onDone?.(++done);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.max(1, limit) }, worker));
  } finally {
    isOver = true;
  }
  return results;
}
