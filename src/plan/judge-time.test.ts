import { expect, test } from "bun:test";
import type { MeasuredTimes } from "../contract/timeouts-report.ts";
import { type JudgedTime, judgeTime, roundedUp } from "./judge-time.ts";

const took = (max: number, more: Partial<MeasuredTimes> = {}): MeasuredTimes => ({
  ...{ count: 10, max, p95: max, timedOut: 0, forced: 0 },
  ...more,
});
const judged = (operation: string, timeout: number, measured?: MeasuredTimes): JudgedTime => ({
  ...{ operation, timeout, measured, fences: operation === "stop", isVm: true },
});
/** A VM's stop of 180 s: the guest has 131.25 s. */
const stop = (measured: MeasuredTimes): JudgedTime => ({
  ...judged("stop", 180, measured),
  guestSeconds: 131.25,
});

test("an operation is at risk when half as long again as its slowest is as long as it may take", () => {
  expect(judgeTime(judged("start", 120, took(79)))).toEqual({ verdict: "well" });
  expect(judgeTime(judged("start", 120, took(80)))).toEqual({
    ...{ verdict: "fail", proposed: 180 },
    why: "the slowest of 10 took 80 s, half as long again is 120 s",
  });
  expect(judgeTime(judged("stop", 20, took(15)))).toMatchObject({ verdict: "fence", proposed: 30 });
});

test("what has been late once is at risk, however quick it was else", () => {
  expect(judgeTime(judged("stop", 180, took(2, { timedOut: 1 })))).toEqual({
    ...{ verdict: "fence", proposed: 270, why: "it has taken longer than it may once" },
  });
  expect(judgeTime(judged("monitor", 30, took(0, { count: 0, timedOut: 2 })))).toMatchObject({
    ...{ verdict: "fail", proposed: 50, why: "it has taken longer than it may 2 times" },
  });
});

test("a VM's stop: its guest is ended by force long before its node is fenced", () => {
  expect(judgeTime(stop(took(80)))).toEqual({ verdict: "well" });
  expect(judgeTime(stop(took(100)))).toMatchObject({ verdict: "force", proposed: 270 });
  expect(judgeTime(stop(took(133, { forced: 1 })))).toEqual({
    verdict: "force",
    why: "its guest did not shut down within 131 s, and was ended by force once",
  });
  // 131.25 s and half as long again as the 33 s that its end took.
  expect(judgeTime(stop(took(164.25, { forced: 1 })))).toMatchObject({ verdict: "fence", proposed: 210 });
});

test("too long: far beyond what anything took, and beyond what is usual", () => {
  expect(judgeTime(judged("start", 3600, took(10)))).toEqual({
    ...{ verdict: "long", proposed: 120 },
    why: "the slowest of 10 took 10 s: what hangs is waited for 3600 s",
  });
  expect(judgeTime(judged("start", 3600, took(200)))).toEqual({ verdict: "well" });
  expect(judgeTime(judged("start", 3600, took(10, { count: 4 })))).toEqual({ verdict: "well" });
  expect(judgeTime(judged("start", 480, took(1)))).toEqual({ verdict: "well" });
});

test("never measured: only what is far less than usual is told, of VMs", () => {
  expect(judgeTime(judged("stop", 60))).toEqual({ verdict: "unmeasured" });
  expect(judgeTime(judged("stop", 59))).toMatchObject({ verdict: "short", proposed: 180 });
  expect(judgeTime({ ...judged("stop", 5), isVm: false })).toEqual({ verdict: "unmeasured" });
});

test("times that people would choose", () => {
  expect([1, 60, 61, 300, 301, 1800, 1801].map(roundedUp)).toEqual([10, 60, 90, 300, 360, 1800, 2100]);
});
