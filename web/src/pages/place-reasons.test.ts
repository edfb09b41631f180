import { expect, test } from "bun:test";
import { answeredVm } from "../../test/answered-vm.ts";
import type { Node } from "../api/answers.ts";
import { placeReasons } from "./place-reasons.ts";

const vm = { ...answeredVm("web1"), nodes: ["node1"], memory: 1024 };
const web2 = { ...answeredVm("web2"), nodes: ["node2"], labels: ["shop"] };
const vms = [vm, web2];

function node(name: string, changes: Partial<Node> = {}): Node {
  return {
    ...{ name, state: "online", type: "member", dc: false, vms: 1, resources: 1 },
    ...{ memory: { used: 1024, capacity: 8192 }, ...changes },
  };
}

test("what speaks for the node that it runs on", () => {
  const found = placeReasons(node("node1"), { vm, vms, placement: { prefer: ["node2", "node1"] } });
  expect(found).toEqual({
    isHere: true,
    against: [],
    for: ["preferred, score 999", "it runs here, and does not move by itself"],
  });
});

test("what speaks against a node: its state, its memory, and what the placement says", () => {
  const placement = { "only-on": ["node1"], "apart-from": [{ label: "shop" }] };
  const full = node("node2", { state: "standby", memory: { used: 8000, capacity: 8192 } });
  expect(placeReasons(full, { vm, vms, placement }).against).toEqual([
    "it is standby",
    "it may only run on node1",
    "192 MiB are free, and it needs 1 GiB",
    "web2 runs there, which it must be apart from",
  ]);
});

test("what it is to be together with draws it to another node", () => {
  const placement = { "together-with": [{ vm: "web2", strength: "should" as const }] };
  expect(placeReasons(node("node3"), { vm, vms, placement }).against).toEqual([
    "web2, which it should be with, runs on node2",
  ]);
});
