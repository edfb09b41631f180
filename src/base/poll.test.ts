import { expect, test } from "bun:test";
import type { Clock } from "./clock.ts";
import { poll } from "./poll.ts";

function fakeClock(): Clock {
  let time = 0;
  return {
    now: () => time,
    monotonic: () => time,
    sleep: async (ms) => {
      time += ms;
    },
  };
}

test("polls until there is a value", async () => {
  let calls = 0;
  const value = await poll(() => (++calls === 3 ? "here" : undefined), {
    timeoutMs: 1000,
    clock: fakeClock(),
  });
  expect(value).toBe("here");
  expect(calls).toBe(3);
});

test("gives up when the time is over, after a last try", async () => {
  let calls = 0;
  const clock = fakeClock();
  const never = (): false => {
    calls++;
    return false;
  };
  const value = await poll(never, { timeoutMs: 250, clock });
  expect(value).toBeUndefined();
  expect(calls).toBe(4);
  expect(clock.monotonic()).toBe(250);
});
