import { type BalanceInput, type BalanceMove, BalanceState } from "./balance-state.ts";

/**
 * An order in which moves can be made one after the other, each finding room and nobody it has to be apart from; undefined
 * where there is none, as when two VMs would have to change places.
 */
export function moveOrder(
  input: BalanceInput,
  moves: readonly BalanceMove[],
): readonly BalanceMove[] | undefined {
  const state = new BalanceState(input);
  const ordered: BalanceMove[] = [];
  const dead = new Set<string>();
  const place = (left: readonly BalanceMove[]): boolean => {
    if (left.length === 0) return true;
    const key = left.map(({ unit }) => unit).join(" ");
    if (dead.has(key) || dead.size > mostDead) return false;
    for (const one of left) {
      const from = state.at[one.unit] ?? -1;
      state.move(one);
      if (state.fits(one.unit)) {
        ordered.push(one);
        if (place(left.filter((other) => other !== one))) return true;
        ordered.pop();
      }
      state.move({ unit: one.unit, to: from });
    }
    dead.add(key);
    return false;
  };
  return place(moves) ? ordered : undefined;
}

/** So many ways are tried that lead nowhere. */
const mostDead = 1000;
