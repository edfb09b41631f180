import { expect, test } from "bun:test";
import { selectNodes } from "./select-nodes.ts";

test("names and patterns, each once in the order of the list", () => {
  const names = ["node1", "node2", "spare"];
  expect(selectNodes(names, ["spare", "node*", "node2"])).toEqual(names);
  expect(selectNodes(names, ["node2"])).toEqual(["node2"]);
  expect(() => selectNodes(names, ["node9"])).toThrow("There is no node 'node9'");
  expect(() => selectNodes(names, ["x*"])).toThrow("There is no node 'x*'");
});
