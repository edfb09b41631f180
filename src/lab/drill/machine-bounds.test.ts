import { expect, test } from "bun:test";
import { checkNodeCount, mostGuests, mostNodes } from "./machine-bounds.ts";

const large = { processors: 16, freeMiB: 65_536 };
const small = { processors: 2, freeMiB: 4096 };

test("what a machine can hold", () => {
  expect([mostNodes(large), mostNodes(small)]).toEqual([32, 6]);
  expect(mostGuests(large, 32)).toBeGreaterThan(200);
  expect(mostGuests(small, 3)).toBe(12);
  expect(mostGuests({ processors: 1, freeMiB: 100 }, 3)).toBe(0);
});

test("what it cannot is refused, with what it can", () => {
  expect(() => checkNodeCount(large, 32)).not.toThrow();
  expect(() => checkNodeCount(small, 24)).toThrow(
    "24 nodes is more than this machine (2 processors, 4096 MiB free)",
  );
  expect(() => checkNodeCount(small, 1)).toThrow("one node alone");
});
