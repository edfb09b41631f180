/** A daemon runs 32 jobs at once, for everybody. */
const atOnce = 4;

/** Does something to each, four at a time, in their order. */
export async function inTurns<T>(
  items: readonly T[],
  run: (item: T, at: number) => Promise<void>,
): Promise<void> {
  const left = [...items.entries()];
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await run(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
