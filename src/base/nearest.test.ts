import { expect, test } from "bun:test";
import { nearest } from "./nearest.ts";

test.each([
  ["stauts", "status"],
  ["memroy", "memory"],
  ["node4", "node1"],
  ["banana", undefined],
])("%p is nearest to %p", (word, expected) => {
  expect(nearest(word, ["status", "memory", "node1", "disks"])).toEqual(expected);
});
