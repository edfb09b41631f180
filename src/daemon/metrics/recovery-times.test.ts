import { expect, test } from "bun:test";
import type { HavenEvent } from "../../contract/event.ts";
import { RecoveryTimes } from "./recovery-times.ts";

function world(ranOn: Readonly<Record<string, readonly string[]>> = {}) {
  const times = new RecoveryTimes({ node: "node1", ranOn: (node) => ranOn[node] ?? [] });
  const hear = (time: number, kind: string, about: Partial<HavenEvent> = {}) =>
    times.heard({ time, kind, node: "node1", vm: "web", ...about } as HavenEvent);
  return { times, hear };
}

test("a VM that ended and was started here again: from the first word of its end on", () => {
  const { hear } = world();
  expect(hear(1000, "vm.gone")).toBeUndefined();
  expect(hear(1500, "vm.failed", { data: { task: "monitor" } })).toBeUndefined();
  expect(hear(3200, "vm.started")).toEqual({ cause: "vm", seconds: 2.2 });
  // A start that nothing went before is none.
  expect(hear(9000, "vm.started")).toBeUndefined();
});

test("what ran on a lost node and was started here", () => {
  const { times, hear } = world({ node2: ["web", "db"] });
  hear(0, "node.lost", { node: "node2" });
  expect(hear(14_000, "vm.started")).toEqual({ cause: "node", seconds: 14 });
  times.runElsewhere(["db"]);
  expect(hear(60_000, "vm.started", { vm: "db" })).toBeUndefined();
});

test("what somebody has started later, and elsewhere, is no recovery", () => {
  const { hear } = world();
  hear(0, "vm.gone");
  expect(hear(3_700_000, "vm.started")).toBeUndefined();
  hear(4_000_000, "vm.gone", { node: "node2" });
  expect(hear(4_001_000, "vm.started")).toBeUndefined();
  hear(5_000_000, "vm.failed", { data: { task: "start" } });
  expect(hear(5_001_000, "vm.started")).toBeUndefined();
});
