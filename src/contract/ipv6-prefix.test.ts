import { expect, test } from "bun:test";
import { ipv6Prefix } from "./ipv6-prefix.ts";

test.each([
  ["2001:620:7a3::/48", [0x2001, 0x620, 0x7a3]],
  ["2001:620:7A3:0:0:0:0:0/48", [0x2001, 0x620, 0x7a3]],
  ["2001:db8:0:7::/64", [0x2001, 0xdb8, 0, 7]],
  ["fd00::/16", [0xfd00]],
  ["::/16", [0]],
  ["2001:620:7a3::1/48", undefined],
  ["2001:620:7a3::/40", undefined],
  ["2001:620:7a3:/48", undefined],
  ["2001::620::/48", undefined],
  ["1:2:3:4:5:6:7:8:9/64", undefined],
  ["2001:620:7a3::", undefined],
  ["10.0.0.0/16", undefined],
  ["g::/16", undefined],
])("%s", (text, groups) => {
  expect(ipv6Prefix(text)?.groups).toEqual(groups as number[]);
});
