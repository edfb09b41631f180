import { expect, test } from "bun:test";
import { havenName } from "./haven-name.ts";

test.each([
  ["web1", "web1"],
  ["Old_1.prod", "old-1-prod"],
  ["--Größe--", "gr-e"],
  ["prmVMCTL_guest1", "prmvmctl-guest1"],
  ["_", "vm"],
  [`${"a".repeat(62)}-b`, "a".repeat(62)],
])("%s", (text, name) => {
  expect(havenName(text)).toBe(name);
});
