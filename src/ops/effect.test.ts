import { expect, test } from "bun:test";
import { effectLines, touchesOthers, withoutThat } from "./effect.ts";

const transition = {
  actions: [
    { kind: "start", resource: "vm-web1", to: "node1" },
    { kind: "stop", resource: "vm-db", from: "node2", reason: "due to node availability" },
    { kind: "migrate", resource: "vm-a", from: "node1", to: "node2" },
    { kind: "move", resource: "ip", from: "node1", to: "node2", blocked: true },
  ],
  fenced: [{ node: "node3", reason: "peer is no longer part of the cluster" }],
} as const;

test("a transition in words", () => {
  expect(effectLines(transition)).toEqual([
    "node3 is fenced: peer is no longer part of the cluster",
    "web1 starts on node1",
    "db stops on node2 (due to node availability)",
    "a migrates live from node1 to node2",
    "ip is stopped on node1 and started on node2, but cannot now",
  ]);
});

test("what follows anyway is no effect of a change", () => {
  const own = new Set(["vm-web1"]);
  expect(touchesOthers(transition, own)).toBe(true);
  const others = { actions: transition.actions.slice(1), fenced: transition.fenced };
  expect(touchesOthers(withoutThat(transition, others), own)).toBe(false);
  expect(withoutThat(transition, others).actions).toEqual([transition.actions[0]]);
});
