import { expect, test } from "bun:test";
import { answeredVm } from "../../test/answered-vm.ts";
import type { Node, Vm } from "../api/answers.ts";
import { laneParts } from "./lane-parts.ts";

const node = (name: string, capacity: number, used = 0): Node => ({
  ...{ name, state: "online", type: "member", dc: false, vms: 0, resources: 0, memory: { capacity, used } },
});
const vm = (name: string, nodes: string[], memory: number): Vm => answeredVm(name, { nodes, memory });

test("lanes are as long as the nodes have memory, blocks as the VMs have", () => {
  const { lanes, nowhere } = laneParts(
    [node("node1", 4096, 1024), node("node2", 2048)],
    [vm("a", ["node1"], 1024), vm("b", [], 512), vm("c", ["node1", "node2"], 2048)],
  );
  expect(lanes.map(({ share }) => share)).toEqual([100, 50]);
  expect(lanes[0]?.blocks.map(({ vm: { name }, percent }) => [name, percent])).toEqual([
    ["a", 25],
    ["c", 50],
  ]);
  expect(lanes[1]?.blocks.map(({ percent }) => percent)).toEqual([100]);
  expect(lanes[0]?.free).toBe(3072);
  // Of the VMs of node1 the large one would find room on node2, and none besides.
  expect(lanes.map(({ reserve }) => reserve?.mib)).toEqual([undefined, 2048]);
  expect(lanes[0]?.homeless).toEqual(["a"]);
  expect(nowhere.map(({ name }) => name)).toEqual(["b"]);
});

test("a node that has given away more than it has still is one lane", () => {
  const { lanes } = laneParts([node("node1", 1024)], [vm("a", ["node1"], 1024), vm("b", ["node1"], 1024)]);
  expect(lanes[0]?.blocks.map(({ percent }) => percent)).toEqual([50, 50]);
});
