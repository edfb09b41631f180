import { expect, test } from "bun:test";
import type { BalanceInput } from "./balance-state.ts";
import { moveOrder } from "./move-order.ts";

/** Two nodes and a third one; each VM asks for memory only. */
function input(
  capacity: readonly number[],
  vms: readonly (readonly [node: number, memory: number, apart?: readonly string[]])[],
): BalanceInput {
  const nodes = capacity.map((memory, i) => ({
    name: `n${i}`,
    capacity: new Map([["memory", memory]]),
    used: new Map([["memory", vms.reduce((sum, [at, asks]) => sum + (at === i ? asks : 0), 0)]]),
  }));
  const units = vms.map(([at, memory, apart = []], i) => ({
    ...{ vms: [`v${i}`], node: `n${at}`, asks: new Map([["memory", memory]]) },
    ...{ to: nodes.map(({ name }) => name), apart },
  }));
  return { nodes, units, counts: true };
}

const order = (of: BalanceInput, ...moves: readonly (readonly [unit: number, to: number])[]) =>
  moveOrder(
    of,
    moves.map(([unit, to]) => ({ unit, to })),
  )?.map(({ unit }) => unit);

test("who makes room goes first", () => {
  // n1 has 20 free until v1 has gone to n2, and v0 asks for 40.
  const of = input(
    [100, 60, 60],
    [
      [0, 40],
      [1, 40],
    ],
  );
  expect(order(of, [0, 1], [1, 2])).toEqual([1, 0]);
});

test("two that would have to change places have no order, unless there is room for both", () => {
  const vms = [
    [0, 40],
    [1, 40],
  ] as const;
  expect(order(input([60, 60, 0], vms), [0, 1], [1, 0])).toBeUndefined();
  expect(order(input([60, 80, 0], vms), [0, 1], [1, 0])).toEqual([0, 1]);
});

test("one that another one has to be apart from leaves first", () => {
  const of = input(
    [100, 100, 100],
    [
      [0, 10, ["v1"]],
      [1, 10],
    ],
  );
  expect(order(of, [0, 1], [1, 2])).toEqual([1, 0]);
});

test("an order that only the second try finds", () => {
  // n1 has 30 free. v0 first (20) leaves 10, too little for v1's 30, which lets v2 into n0.
  const of = input(
    [60, 100, 100],
    [
      [2, 20],
      [0, 30],
      [1, 40],
      [1, 30],
      [0, 30],
    ],
  );
  // v0 and v1 to n1, v2 to n0: v2 finds room only when v1 is gone, and v1 only before v0 has come.
  expect(order(of, [0, 1], [1, 1], [2, 0])).toBeUndefined();
  const wider = input(
    [70, 100, 100],
    [
      [2, 20],
      [0, 30],
      [1, 40],
      [1, 30],
      [0, 30],
    ],
  );
  expect(order(wider, [0, 1], [1, 1], [2, 0])).toEqual([1, 2, 0]);
});
