import { expect, test } from "bun:test";
import { sbdTimes } from "./sbd-times.ts";

const nodes = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `node${index}`, id: index + 1, addresses: [] }));

test("a short watchdog leaves SBD the time to notice; a long one counts twice", () => {
  expect(sbdTimes(5, { tokenMs: 1000, nodes: nodes(2) })).toEqual({
    watchdog: 5,
    msgwait: 10,
    stonithWatchdog: 14,
    delayStart: 18,
  });
  expect(sbdTimes(5, { tokenMs: 3000, nodes: nodes(2) }).stonithWatchdog).toBe(18);
  expect(sbdTimes(30, { tokenMs: 3000, nodes: nodes(2) })).toEqual({
    watchdog: 30,
    msgwait: 60,
    stonithWatchdog: 60,
    delayStart: 68,
  });
});

test("a part that asks the quorum device may learn late that it has lost", () => {
  const quorumDevice = { host: "x", port: 5403, algorithm: "ffsplit", tieBreaker: "lowest" } as const;
  expect(sbdTimes(5, { tokenMs: 1000, nodes: nodes(2), quorumDevice }).stonithWatchdog).toBe(44);
});

test("corosync gives more nodes a longer token", () => {
  expect(sbdTimes(5, { tokenMs: 1000, nodes: nodes(3) })).toMatchObject({
    stonithWatchdog: 15,
    delayStart: 20,
  });
  // 3 + 30 · 0.65 = 22.5 s until the others notice, and 1.2 times that until they agree.
  expect(sbdTimes(10, { tokenMs: 3000, nodes: nodes(32) }).stonithWatchdog).toBe(66);
});
