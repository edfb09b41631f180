import { expect, test } from "bun:test";
import { endedHere } from "./ended-here.ts";
import type { LastEnd } from "./last-end.ts";

const end: LastEnd = { at: 5000, reason: "destroyed", signalBy: "libvirtd", stayed: true };

function ended(change: Partial<LastEnd> | undefined, notedWithoutAt?: number): boolean {
  const found = change === undefined ? undefined : { ...end, ...change };
  return endedHere({ name: "web", began: 4000, notedWithoutAt }, () => found);
}

test("a run that has never begun a migration has ended here", () => {
  expect(ended({})).toBe(true);
  expect(ended({ reason: "crashed" })).toBe(true);
});

test("one that has begun a migration only while libvirt's note says that none is under way", () => {
  expect(ended({ stayed: false })).toBe(false);
  expect(ended({ stayed: false }, 4500)).toBe(true);
  expect(ended({ stayed: false }, 1000)).toBe(false);
});

test("nothing else is an end here", () => {
  expect(ended(undefined, 4500)).toBe(false);
  expect(ended({ at: 3000 }, 4500)).toBe(false);
  for (const reason of ["migrated", "saved", "failed", "daemon"]) expect(ended({ reason }, 4500)).toBe(false);
});
