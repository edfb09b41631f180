import { describe, expect, test } from "bun:test";
import type { PowerState } from "../contract/power-state.ts";
import type { PowerSettings } from "../contract/settings-power.ts";
import { afterAction, afterEvent, powerOutlook } from "./power-steps.ts";

const steps = [
  { after: 120, below: 5 },
  { after: 600, below: 10 },
  { after: 1200, "stop-all": true as const },
];
const one: PowerSettings = { ups: ["a"], steps, "restore-after": 120 };
const two: PowerSettings = { ...one, ups: ["a", "b"] };
const none: PowerState = { ups: {} };
const start = 1_000_000;
const at = (s: number): number => start + s * 1000;
const told = (
  state: PowerState,
  event: "onbatt" | "online" | "lowbatt",
  ups: string,
  s: number,
  settings = one,
): PowerState => afterEvent(state, settings, { event, ups, now: at(s) });

describe("time on battery", () => {
  const out = told(none, "onbatt", "a", 0);

  test("what is due, and what is next", () => {
    expect(powerOutlook(out, one, at(119))).toEqual({
      ...{ failedSince: start, isLow: false, due: undefined },
      next: { at: at(120), action: { kind: "shed", below: 5, after: 120 } },
    });
    expect(powerOutlook(out, one, at(120)).due).toEqual({ kind: "shed", below: 5, after: 120 });
  });

  test("who comes late does the last step that is due, and no step twice", () => {
    const { due } = powerOutlook(out, one, at(700));
    expect(due).toEqual({ kind: "shed", below: 10, after: 600 });
    const after = afterAction(out, due ?? { kind: "restore" });
    expect(powerOutlook(after, one, at(700)).due).toBeUndefined();
    const last = powerOutlook(after, one, at(5000)).due;
    expect(last).toEqual({ kind: "stop-all", after: 1200 });
    const all = afterAction(after, last ?? { kind: "restore" });
    expect(powerOutlook(all, one, at(9000))).toMatchObject({ due: undefined, next: undefined });
  });

  test("told again it counts from the first time", () => {
    expect(told(out, "onbatt", "a", 60)).toEqual(out);
    expect(told(told(out, "lowbatt", "a", 60), "onbatt", "a", 70)).toEqual({
      ups: { a: { since: start, low: true } },
    });
  });

  test("a clock that is behind makes nothing due", () => {
    expect(powerOutlook(out, one, at(-500)).due).toBeUndefined();
  });

  test("a low battery stops all at once, unless it is to wait", () => {
    const low = told(out, "lowbatt", "a", 10);
    expect(powerOutlook(low, one, at(10)).due).toEqual({ kind: "stop-all", after: undefined });
    expect(powerOutlook(low, { ...one, "low-battery": "wait" }, at(10)).due).toBeUndefined();
  });
});

describe("the power is back", () => {
  const shed: PowerState = { ups: { a: { since: start } }, done: 120 };

  test("VMs start once it has stayed for the time that was set", () => {
    const back = told(shed, "online", "a", 300);
    expect(back).toEqual({ ups: {}, done: 120, back: at(300) });
    expect(told(back, "online", "a", 310)).toEqual(back);
    expect(powerOutlook(back, one, at(419))).toMatchObject({
      due: undefined,
      next: { at: at(420), action: { kind: "restore" } },
    });
    expect(powerOutlook(back, one, at(420)).due).toEqual({ kind: "restore" });
    expect(afterAction(back, { kind: "restore" })).toEqual(none);
  });

  test("it fails again meanwhile: VMs wait on, and time on battery counts anew", () => {
    const again = told(told(shed, "online", "a", 300), "onbatt", "a", 350);
    expect(again).toEqual({ ups: { a: { since: at(350) } }, done: 120 });
    expect(powerOutlook(again, one, at(949)).due).toBeUndefined();
    expect(powerOutlook(again, one, at(950)).due).toEqual({ kind: "shed", below: 10, after: 600 });
  });

  test("a person is waited for where that is wished", () => {
    const back = told(shed, "online", "a", 300);
    const settings = { ...one, "restore-itself": false };
    expect(powerOutlook(back, settings, at(9000))).toMatchObject({ due: undefined, next: undefined });
  });

  test("nothing was shut down: nothing is remembered", () => {
    expect(told(told(none, "onbatt", "a", 0), "online", "a", 60)).toEqual(none);
  });
});

describe("two UPSes", () => {
  const first = told(none, "onbatt", "a", 0, two);

  test("one that is on line carries the load", () => {
    expect(powerOutlook(first, two, at(9000))).toMatchObject({ failedSince: undefined, due: undefined });
    expect(powerOutlook(told(first, "lowbatt", "a", 5, two), two, at(9000)).due).toBeUndefined();
  });

  test("the power has failed since the second went to battery, and is back with either", () => {
    const both = told(first, "onbatt", "b", 100, two);
    expect(powerOutlook(both, two, at(219)).due).toBeUndefined();
    expect(powerOutlook(both, two, at(220)).due).toEqual({ kind: "shed", below: 5, after: 120 });
    const back = told({ ...both, done: 120 }, "online", "a", 230, two);
    expect(back).toEqual({ ups: { b: { since: at(100) } }, done: 120, back: at(230) });
    expect(powerOutlook(told(both, "lowbatt", "a", 110, two), two, at(110)).due).toBeUndefined();
  });

  test("where both are needed, one on battery is a failure", () => {
    const settings = { ...two, "min-supplies": 2 };
    expect(powerOutlook(first, settings, at(120)).due).toEqual({ kind: "shed", below: 5, after: 120 });
  });

  test("one that the settings do not name any more feeds nothing", () => {
    expect(powerOutlook({ ups: { c: { since: start } } }, one, at(9000)).failedSince).toBeUndefined();
    expect(powerOutlook(first, undefined, at(9000)).failedSince).toBeUndefined();
  });
});
