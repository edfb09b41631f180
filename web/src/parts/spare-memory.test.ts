import { expect, test } from "bun:test";
import { answeredVm } from "../../test/answered-vm.ts";
import type { Node, Vm } from "../api/answers.ts";
import { spareMemory } from "./spare-memory.ts";

const node = (name: string, capacity: number, used: number, state: Node["state"] = "online"): Node => ({
  ...{ name, state, type: "member", dc: false, vms: 0, resources: 0, memory: { capacity, used } },
});
const vm = (name: string, on: string, memory: number): Vm => answeredVm(name, { nodes: [on], memory });

test("each node keeps free what the loss of the worst other one would bring it", () => {
  const spare = spareMemory(
    [node("node1", 4096, 2048), node("node2", 4096, 1024), node("node3", 4096, 0)],
    [vm("a", "node1", 1024), vm("b", "node1", 1024), vm("c", "node2", 1024)],
  );
  // The first of node1 goes to node3, which has the most free; node2 has as much then.
  expect(spare.get("node3")).toEqual({ reserve: 1024, homeless: [] });
  expect(spare.get("node2")).toEqual({ reserve: 1024, homeless: [] });
  expect(spare.get("node1")).toEqual({ reserve: 0, homeless: [] });
});

test("VMs that find no room are named, and nodes that take none are not counted", () => {
  const spare = spareMemory(
    [node("node1", 4096, 3072), node("node2", 4096, 2048), node("node3", 8192, 0, "standby")],
    [vm("small", "node1", 512), vm("large", "node1", 2560), vm("other", "node2", 2048)],
  );
  expect(spare.get("node1")?.homeless).toEqual(["large"]);
  expect(spare.get("node2")).toEqual({ reserve: 512, homeless: ["other"] });
  expect(spare.get("node3")).toEqual({ reserve: 0, homeless: [] });
});

test("what is stopped or to be stopped needs no room elsewhere", () => {
  const stopping = answeredVm("a", { nodes: ["node1"], memory: 9999, wanted: "stopped" });
  expect(spareMemory([node("node1", 4096, 0)], [stopping]).get("node1")?.homeless).toEqual([]);
});

test("a node alone has nowhere to give its VMs to", () => {
  expect(spareMemory([node("node1", 4096, 1024)], [vm("a", "node1", 1024)]).get("node1")?.homeless).toEqual([
    "a",
  ]);
});
