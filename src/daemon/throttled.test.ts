import { expect, test } from "bun:test";
import { throttled } from "./throttled.ts";

test("the first call is at once, those that come meanwhile are one, and none is lost", async () => {
  let calls = 0;
  const wakers: (() => void)[] = [];
  const controller = new AbortController();
  const clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: () => new Promise<void>((resolve) => wakers.push(resolve)),
  };
  const tell = throttled(() => calls++, { everyMs: 50, clock, signal: controller.signal });
  const wake = async () => {
    wakers.shift()?.();
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  tell();
  expect(calls).toBe(1);
  for (let i = 0; i < 5; i++) tell();
  expect(calls).toBe(1);
  await wake();
  expect(calls).toBe(2);
  await wake();
  expect(calls).toBe(2);
  tell();
  expect(calls).toBe(3);
  tell();
  controller.abort();
  await wake();
  expect(calls).toBe(3);
});
