import { expect, test } from "bun:test";
import { answeredVm } from "../../test/answered-vm.ts";
import { whyNotMoveTo } from "./why-not-move-to.ts";

const vm = answeredVm("web1", { nodes: ["node1"] });

test("a VM moves to another node that is online", () => {
  expect(whyNotMoveTo({ name: "node2", state: "online" }, vm, "operator")).toBeUndefined();
});

test("the role comes first, then the VM's state, then the node", () => {
  const standby = { name: "node2", state: "standby" } as const;
  expect(whyNotMoveTo(standby, vm, "viewer")).toContain("Needs the role operator");
  expect(whyNotMoveTo(standby, { ...vm, state: "stopped" }, "operator")).toContain("it is stopped");
  expect(whyNotMoveTo({ name: "node1", state: "online" }, vm, "operator")).toBe("web1 is on node1 already");
  expect(whyNotMoveTo(standby, vm, "operator")).toBe("node2 is standby, not online");
});
