import { describe, expect, test } from "bun:test";
import { type WatchdogSight, WatchdogTimer } from "./watchdog-timer.ts";

/** What the timer says at each of some moments. */
function verdicts(sights: readonly (Partial<Omit<WatchdogSight, "bytes">> & { readonly text?: string })[]) {
  const timer = new WatchdogTimer(5000);
  return sights.map(({ text = "", life = "a", ended = false, now = 0 }) =>
    timer.tick({ bytes: Buffer.from(text), life, ended, now }),
  );
}

describe("a watchdog", () => {
  test("does nothing before somebody has opened it", () => {
    expect(verdicts([{ now: 0 }, { now: 60_000 }, { ended: true, now: 61_000 }])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("bites once when it was fed and is not any more", () => {
    expect(
      verdicts([
        { text: "\0", now: 0 },
        { text: "\0\0", now: 4900 },
        { now: 9900 },
        { now: 9901 },
        { now: 20_000 },
      ]),
    ).toEqual([undefined, undefined, undefined, "unfed", undefined]);
  });

  test("stops at the magic character, unless more comes after it", () => {
    expect(verdicts([{ text: "\0V" }, { now: 60_000 }])).toEqual([undefined, undefined]);
    expect(verdicts([{ text: "V\0" }, { now: 60_000 }])).toEqual([undefined, "unfed"]);
  });

  test("says at once when the node has ended itself, but not after a clean end", () => {
    expect(verdicts([{ text: "\0" }, { ended: true, now: 100 }])).toEqual([undefined, "ended"]);
    expect(verdicts([{ text: "\0" }, { text: "V" }, { ended: true, now: 200 }])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("forgets a node whose power was cut", () => {
    const timer = new WatchdogTimer(5000);
    const sight = { bytes: Buffer.from("\0"), life: "a", ended: false, now: 0 };
    timer.tick(sight);
    expect(timer.isRunning).toBe(true);
    expect(timer.tick({ ...sight, bytes: Buffer.alloc(0), life: undefined, now: 9000 })).toBeUndefined();
    expect(timer.isRunning).toBe(false);
    timer.tick(sight);
    // Off and on again between two looks.
    expect(timer.tick({ ...sight, bytes: Buffer.alloc(0), life: "b", now: 9000 })).toBeUndefined();
    expect(timer.isRunning).toBe(false);
  });
});
