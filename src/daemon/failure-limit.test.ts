import { expect, test } from "bun:test";
import { FailureLimit } from "./failure-limit.ts";

function limit() {
  let now = 0;
  const failures = new FailureLimit({ monotonic: () => now });
  const fail = (address: string, times: number) => {
    for (let i = 0; i < times; i++) failures.failed(address);
  };
  return { failures, fail, pass: (ms: number) => (now += ms) };
}

test("ten failures within a minute, and an address is refused for a minute", () => {
  const { failures, fail, pass } = limit();
  fail("192.0.2.1", 9);
  expect(failures.refusedFor("192.0.2.1")).toBe(0);
  pass(30_000);
  expect(failures.failed("192.0.2.1")).toBe(true);
  expect(failures.refusedFor("192.0.2.1")).toBe(60);
  expect(failures.refusedFor("192.0.2.2")).toBe(0);
  pass(59_500);
  expect(failures.refusedFor("192.0.2.1")).toBe(1);
  pass(500);
  expect(failures.refusedFor("192.0.2.1")).toBe(0);
  // And from the beginning.
  fail("192.0.2.1", 9);
  expect(failures.refusedFor("192.0.2.1")).toBe(0);
});

test("failures of a minute ago do not count", () => {
  const { failures, fail, pass } = limit();
  fail("192.0.2.1", 9);
  pass(60_000);
  fail("192.0.2.1", 9);
  expect(failures.refusedFor("192.0.2.1")).toBe(0);
});

test("a host cannot hide among its own addresses", () => {
  const { failures, fail } = limit();
  fail("::ffff:192.0.2.1", 10);
  expect(failures.refusedFor("192.0.2.1")).toBe(60);
  fail("2001:db8:0:7::1", 5);
  fail("2001:DB8:0:7:8:9:a:b", 5);
  expect(failures.refusedFor("2001:db8::7:0:0:0:1")).toBe(60);
  expect(failures.refusedFor("2001:db8:0:8::1")).toBe(0);
  fail("fe80::1%eth0", 10);
  expect(failures.refusedFor("fe80::2")).toBe(60);
});

test("what is remembered is bounded", () => {
  const { failures } = limit();
  for (let i = 0; i < 12_000; i++) failures.failed(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
  expect(failures.size).toBe(10_000);
});
