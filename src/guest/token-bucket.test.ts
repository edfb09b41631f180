import { expect, test } from "bun:test";
import { TokenBucket } from "./token-bucket.ts";

test("so many at once, and then at the rate", () => {
  let now = 0;
  const bucket = new TokenBucket({ burst: 3, perSecond: 2 }, { monotonic: () => now });
  expect([bucket.take(), bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, true, false]);
  now = 499;
  expect(bucket.take()).toBe(false);
  now = 500;
  expect([bucket.take(), bucket.take()]).toEqual([true, false]);
  now = 1_000_000;
  expect([bucket.take(), bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, true, false]);
});

test("what was spent already is paid back with time", () => {
  let now = 0;
  const bucket = new TokenBucket({ burst: 100, perSecond: 10 }, { monotonic: () => now });
  expect(bucket.spend(100)).toBe(0);
  expect(bucket.spend(20)).toBe(2000);
  now = 1000;
  expect(bucket.spend(0)).toBe(1000);
  expect(bucket.take()).toBe(false);
  now = 2100;
  expect(bucket.take()).toBe(true);
});
