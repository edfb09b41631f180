import { expect, test } from "bun:test";
import { Deadline } from "./deadline.ts";
import { mayRunElsewhere, stopPlan } from "./stop-plan.ts";

test("a stop always keeps time to end the domain without its guest", () => {
  for (const totalMs of [2000, 10_000, 20_000, 60_000, 180_000, 600_000, 3_600_000]) {
    const usable = new Deadline(totalMs).left;
    for (const graceful of [undefined, 0, 30_000, 10_000_000]) {
      const plan = stopPlan(usable, graceful);
      expect(plan.askUntil).toBeGreaterThanOrEqual(0);
      expect(plan.askUntil).toBeLessThanOrEqual(usable / 2 + Math.max(0, usable / 2 - 10_000));
      expect(plan.askUntil).toBeLessThan(plan.destroyUntil);
      expect(plan.destroyUntil).toBeLessThan(usable);
      expect(plan.silencePatience).toBeLessThan(plan.destroyUntil);
    }
  }
});

test("with three minutes the guest has more than two", () => {
  const { askUntil } = stopPlan(new Deadline(180_000).left, undefined);
  expect(askUntil).toBeGreaterThan(120_000);
});

test("the agent's deadline is before Pacemaker's, and time that passed before it began counts", () => {
  const clock = { now: () => 0, monotonic: () => 5000, sleep: async () => undefined };
  for (const total of [1000, 10_000, 180_000]) {
    const deadline = new Deadline(total, 300, clock);
    expect(deadline.passed).toBe(300);
    expect(deadline.left).toBeLessThan(total - 300);
    expect(deadline.left).toBeGreaterThan(0);
    expect(deadline.share(0.5)).toBeLessThanOrEqual(total / 2);
    expect(deadline.share(10, 7)).toBe(7);
  }
  expect(new Deadline(1000, 2000, clock).over).toBe(true);
  expect(new Deadline(1000, 2000, clock).share(1)).toBe(1);
});

test("a domain that vanishes while it may be migrating out is not stopped", () => {
  expect(mayRunElsewhere("out", false)).toBe(true);
  expect(mayRunElsewhere("out", true)).toBe(true);
  expect(mayRunElsewhere("unseen", false)).toBe(true);
  expect(mayRunElsewhere("unseen", true)).toBe(false);
  for (const role of ["none", "in", undefined] as const) expect(mayRunElsewhere(role, false)).toBe(false);
});
