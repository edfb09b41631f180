import { expect, test } from "bun:test";
import { sbdTimes } from "./sbd-times.ts";

test("a short watchdog leaves SBD the time to notice; a long one counts twice", () => {
  expect(sbdTimes(5, { tokenMs: 1000 })).toEqual({
    watchdog: 5,
    msgwait: 10,
    stonithWatchdog: 14,
    delayStart: 18,
  });
  expect(sbdTimes(5, { tokenMs: 3000 }).stonithWatchdog).toBe(18);
  expect(sbdTimes(30, { tokenMs: 3000 })).toEqual({
    watchdog: 30,
    msgwait: 60,
    stonithWatchdog: 60,
    delayStart: 68,
  });
});

test("a part that asks the quorum device may learn late that it has lost", () => {
  const quorumDevice = { host: "x", port: 5403, algorithm: "ffsplit", tieBreaker: "lowest" } as const;
  expect(sbdTimes(5, { tokenMs: 1000, quorumDevice }).stonithWatchdog).toBe(44);
});
