import { expect, test } from "bun:test";
import { ipv4Number, ipv4Range, isHostOf } from "./ipv4-range.ts";

const at = (text: string): number => ipv4Number(text) ?? Number.NaN;

test.each([
  ["192.168.4.0/24", "192.168.4.0", "192.168.4.255", true],
  ["10.0.0.0/8", "10.0.0.0", "10.255.255.255", true],
  ["10.0.0.4/31", "10.0.0.4", "10.0.0.5", false],
  ["10.0.0.4/32", "10.0.0.4", "10.0.0.4", false],
  ["255.0.0.0/1", undefined, undefined, undefined],
  ["128.0.0.0/1", "128.0.0.0", "255.255.255.255", true],
  ["10.0.0.9-10.0.1.3", "10.0.0.9", "10.0.1.3", false],
  ["10.0.0.9", "10.0.0.9", "10.0.0.9", false],
  ["10.0.0.9-10.0.0.8", undefined, undefined, undefined],
  ["10.0.0.1/24", undefined, undefined, undefined],
  ["10.0.0.0/33", undefined, undefined, undefined],
  ["10.0.0.0/024", undefined, undefined, undefined],
  ["10.0.0", undefined, undefined, undefined],
  ["10.0.0.256", undefined, undefined, undefined],
  ["10.0.0.01", undefined, undefined, undefined],
  ["10.0.0.0/24/25", undefined, undefined, undefined],
  ["", undefined, undefined, undefined],
])("%s", (text, first, last, isSubnet) => {
  const range = ipv4Range(text);
  if (first === undefined || last === undefined) expect(range).toBeUndefined();
  else expect(range).toEqual({ first: at(first), last: at(last), isSubnet: isSubnet ?? false });
});

test("a subnet's first and last address are no host's", () => {
  const hosts = (range: string, ...addresses: string[]): readonly boolean[] =>
    addresses.map((address) =>
      isHostOf(ipv4Range(range) ?? { first: 1, last: 0, isSubnet: false }, at(address)),
    );
  expect(hosts("10.0.0.0/24", "10.0.0.0", "10.0.0.1", "10.0.0.254", "10.0.0.255", "10.0.1.1")).toEqual([
    false,
    true,
    true,
    false,
    false,
  ]);
  expect(hosts("10.0.0.0/31", "10.0.0.0", "10.0.0.1")).toEqual([true, true]);
});
