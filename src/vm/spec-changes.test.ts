import { expect, test } from "bun:test";
import { specChangeText } from "../contract/spec-change.ts";
import { specChanges } from "./spec-changes.ts";

const changes = (from: unknown, to: unknown): readonly string[] => specChanges(from, to).map(specChangeText);

test("fields that differ, as far down as both have them", () => {
  const from = { memory: 512, cpu: { count: 1 }, disks: [{ file: "/a" }, { file: "/b" }], labels: ["x"] };
  const to = { memory: 1024, cpu: { count: 1, model: "EPYC" }, disks: [{ file: "/c" }], priority: 2 };
  expect(changes(from, to)).toEqual([
    "memory: 512 → 1024",
    'cpu.model: now "EPYC"',
    'disks[0].file: "/a" → "/c"',
    'disks[1]: no longer {"file":"/b"}',
    'labels: no longer ["x"]',
    "priority: now 2",
  ]);
  expect(changes(from, { ...from })).toEqual([]);
  expect(changes("a", ["a"])).toEqual([': "a" → ["a"]']);
});
