import { expect, test } from "bun:test";
import { isLeftOver } from "./check-destination.ts";

test("a pool of another check is taken away only when that was given up long ago", () => {
  const now = Date.UTC(2026, 1, 1);
  expect(isLeftOver(now.toString(36), now)).toBe(false);
  expect(isLeftOver((now - 30_000).toString(36), now)).toBe(false);
  expect(isLeftOver((now + 60_000).toString(36), now)).toBe(false);
  expect(isLeftOver((now - 3_600_000).toString(36), now)).toBe(true);
});
