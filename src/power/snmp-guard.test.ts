import { expect, test } from "bun:test";
import { follows } from "./snmp.ts";
import { securityOf } from "./snmp-guard.ts";

test("tells version and security of a message", () => {
  // SNMP v2c, community "public", an empty response.
  const v2 = Buffer.from("302602010104067075626c6963a2190201010201000201003000", "hex");
  expect(securityOf(v2)).toBeUndefined();
  const whole = Buffer.from(
    "3018020101040670 75626c6963a20b0201010201000201003000".replaceAll(" ", ""),
    "hex",
  );
  expect(securityOf(whole)).toEqual({ version: 1, flags: 0, pduType: undefined });
});

test("what is not SNMP is nothing", () => {
  for (const hex of [
    "",
    "30",
    "3000",
    "ff",
    "30800201",
    "3003020107",
    "30030201",
    "300302010330",
    "3084ffffffff020103",
  ]) {
    expect(securityOf(Buffer.from(hex, "hex"))).toBeUndefined();
  }
});

test("random bytes never crash it", () => {
  let seed = 42;
  const random = (): number => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return seed;
  };
  for (let i = 0; i < 20_000; i++) {
    const bytes = Buffer.from(Array.from({ length: random() % 64 }, () => random() & 0xff));
    if (bytes.length > 5) bytes.set([0x30, bytes.length - 2, 2, 1, 3], 0);
    const security = securityOf(bytes);
    expect(security === undefined || [0, 1, 3].includes(security.version)).toBe(true);
  }
});

test("object identifiers are ordered by number, not by text", () => {
  expect(follows("1.3.6.9", "1.3.6.10")).toBe(true);
  expect(follows("1.3.6.10", "1.3.6.9")).toBe(false);
  expect(follows("1.3.6", "1.3.6.0")).toBe(true);
  expect(follows("1.3.6.0", "1.3.6")).toBe(false);
  expect(follows("1.3.6", "1.3.6")).toBe(false);
});
