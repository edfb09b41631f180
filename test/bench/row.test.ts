import { expect, test } from "bun:test";
import { absoluteRow, median, percentile, ratioRow } from "./row.ts";

test("median and percentile are values that were measured", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 95)).toBe(10);
  expect(() => median([])).toThrow("no values");
});

test("a ratio is reached from below, or from above where more is better", () => {
  const base = { name: "x", unit: "ms", haven: [1, 1, 1], peer: [10, 10, 10], peerName: "y" };
  expect(ratioRow({ ...base, targetRatio: 0.2 })).toMatchObject({
    ratio: 0.1,
    reached: true,
    target: "ratio ≤ 0.2",
  });
  expect(ratioRow({ ...base, targetRatio: 0.05 }).reached).toBe(false);
  expect(ratioRow({ ...base, targetRatio: 0.5, atLeast: true }).reached).toBe(false);
});

test("a fixed value is held against the median", () => {
  expect(absoluteRow({ name: "x", unit: "MiB", haven: [30, 50, 31], atMost: 40 }).reached).toBe(true);
});
