import { expect, test } from "bun:test";
import type { HavenEvent } from "../contract/event.ts";
import { EventMerger } from "./merge-events.ts";

let ids = 0;
function event(time: number, kind: string, text: string, more: Partial<HavenEvent> = {}): HavenEvent {
  ids++;
  return { id: ids, key: `key-${ids}`, time, node: "node3", kind, severity: "info", text, ...more };
}

const told = (merger: EventMerger, ...histories: Parameters<EventMerger["add"]>[0]) =>
  merger.add(histories).map(({ time, text, from }) => [time, text, from.join()]);

test("histories are put together in the order of time", () => {
  const merged = new EventMerger().add([
    { node: "node2", events: [event(20, "vm.started", "b"), event(30, "vm.started", "c")] },
    { node: "node1", events: [event(10, "vm.started", "a"), event(30, "vm.started", "d")] },
  ]);
  expect(merged.map(({ text }) => text)).toEqual(["a", "b", "d", "c"]);
});

test("what every node was told of is one event, and names who told it", () => {
  const lost = (time: number) => event(time, "fence.succeeded", "Fencing of node3 (off) by node1 succeeded");
  expect(
    told(new EventMerger(), { node: "node2", events: [lost(1600)] }, { node: "node1", events: [lost(1000)] }),
  ).toEqual([[1000, "Fencing of node3 (off) by node1 succeeded", "node1,node2"]]);
  // Again, soon after: each node has told both.
  const merger = new EventMerger();
  const both = [1000, 6000].map((time) => event(time, "fence.failed", "failed"));
  const others = [1500, 6500].map((time) => event(time, "fence.failed", "failed"));
  expect(told(merger, { node: "node1", events: both }, { node: "node2", events: others })).toEqual([
    ...[
      [1000, "failed", "node1,node2"],
      [6000, "failed", "node1,node2"],
    ],
  ]);
  // Much later it is another one.
  expect(told(merger, { node: "node3", events: [event(60_000, "fence.failed", "failed")] })).toHaveLength(1);
});

test("the same words of what only one node tells are two events; the same key is one", () => {
  const merger = new EventMerger();
  const said = (time: number) => event(time, "vm.rebooted", "web1 was rebooted by its guest");
  const first = said(1000);
  expect(
    told(merger, { node: "node1", events: [first] }, { node: "node2", events: [said(1001)] }),
  ).toHaveLength(2);
  expect(told(merger, { node: "node2", events: [first] })).toEqual([]);
});

test("who follows sees nothing again, and what one node tells later neither", () => {
  const merger = new EventMerger();
  const lost = (time: number) => event(time, "node.lost", "node3 is lost to the cluster");
  expect(told(merger, { node: "node1", events: [lost(1000)] })).toHaveLength(1);
  expect(
    told(merger, { node: "node2", events: [lost(2000), event(2500, "vm.started", "web1 started")] }),
  ).toEqual([[2500, "web1 started", "node2"]]);
});

test("it does not remember for ever", () => {
  const merger = new EventMerger();
  const old = event(1000, "vm.started", "old");
  told(
    merger,
    { node: "node1", events: [old] },
    { node: "node2", events: [event(10_000_000, "vm.started", "new")] },
  );
  expect(told(merger, { node: "node1", events: [old] })).toHaveLength(1);
});
