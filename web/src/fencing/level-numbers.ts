/** In which step of a node's escalation each device is; in none where it is left out. */
export type LevelNumbers = Readonly<Record<string, number>>;

/** The most steps that Pacemaker knows. */
export const mostLevels = 9;

/** The steps as they are told; a step without a number is that of nodes that have no levels. */
export function levelNumbers(
  levels: readonly { readonly index?: number | undefined; readonly devices: readonly string[] }[],
): LevelNumbers {
  return Object.fromEntries(
    levels.flatMap(({ index, devices }) =>
      index === undefined ? [] : devices.map((device) => [device, index] as const),
    ),
  );
}

/** The devices of each step, the first step first; steps that nothing is in are left out. */
export function levelsOf(numbers: LevelNumbers): readonly (readonly string[])[] {
  const byLevel = Map.groupBy(Object.entries(numbers), ([, level]) => level);
  return [...byLevel].toSorted(([a], [b]) => a - b).map(([, entries]) => entries.map(([device]) => device));
}

/** @param changes By device; empty: in no step any more */
export function withChanges(numbers: LevelNumbers, changes: Readonly<Record<string, string>>): LevelNumbers {
  const all = {
    ...numbers,
    ...Object.fromEntries(Object.entries(changes).map(([id, n]) => [id, Number(n)])),
  };
  return Object.fromEntries(Object.entries(all).filter(([, level]) => level > 0));
}
