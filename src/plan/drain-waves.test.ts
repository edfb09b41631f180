import { expect, test } from "bun:test";
import type { DrainStep } from "../contract/plan-report.ts";
import { drainWaves } from "./drain-waves.ts";
import { MigrationTimes } from "./migration-times.ts";

const step = (name: string, to: string, seconds: number): DrainStep => ({
  ...{ name, from: "node1", to, outcome: "migrated", seconds, basis: "own" },
});
const names = (waves: readonly (readonly DrainStep[])[]) => waves.map((wave) => wave.map(({ name }) => name));

test("one at a time: the sum", () => {
  const { waves, seconds } = drainWaves([step("a", "node2", 10), step("b", "node3", 5)], 1);
  expect(names(waves)).toEqual([["a"], ["b"]]);
  expect(seconds).toBe(15);
});

test("two at a time: the next begins when the first ends", () => {
  // a until 10, b until 4, then c until 9, d until 19 (9 + 10).
  const steps = [
    step("a", "node2", 10),
    step("b", "node3", 4),
    step("c", "node3", 5),
    step("d", "node2", 10),
  ];
  const { waves, seconds } = drainWaves(steps, 2);
  expect(names(waves)).toEqual([["a", "b"], ["c"], ["d"]]);
  expect(seconds).toBe(19);
});

test("a destination's limit counts as well", () => {
  const from = (node: string, name: string): DrainStep => ({ ...step(name, "node3", 3), from: node });
  expect(drainWaves([from("node1", "a"), from("node2", "b")], 1).seconds).toBe(6);
  expect(drainWaves([], 2)).toEqual({ waves: [], seconds: 0 });
});

test("how long it takes: by its own migrations, by others' and size, by size alone", () => {
  const none = new MigrationTimes([]);
  expect(none.of("a", { memory: 1000 })).toEqual({ seconds: 12, basis: "size" });
  expect(none.of("a", { memory: 1000, bandwidth: 50 })).toEqual({ seconds: 22, basis: "size" });
  const past = [40, 8, 9, 10, 11, 12].map((seconds) => ({ vm: "a", memory: 1000, seconds }));
  const times = new MigrationTimes(past);
  expect(times.of("a", { memory: 1000, dirtyRate: 500 })).toEqual({ seconds: 10, basis: "own" });
  // Half of the quickest for every migration, and 6 to 8 s for 1000 MiB.
  expect(times.of("b", { memory: 2000 })).toEqual({ seconds: 16, basis: "others" });
  expect(times.of("b", { memory: 2000, bandwidth: 10 })).toEqual({ seconds: 204, basis: "others" });
  // What the guest writes is sent again; one that writes too much is slowed.
  expect(none.of("a", { memory: 1000, dirtyRate: 50 })).toEqual({ seconds: 22, basis: "size" });
  expect(none.of("a", { memory: 1000, bandwidth: 50, dirtyRate: 40 })).toEqual({
    seconds: 102,
    basis: "size",
  });
  expect(none.of("a", { memory: 1000, dirtyRate: 5000 })).toEqual({ seconds: 52, basis: "size" });
});
