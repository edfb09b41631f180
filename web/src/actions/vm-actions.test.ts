import { expect, test } from "bun:test";
import { answeredVm } from "../../test/answered-vm.ts";
import { planOnVm, vmActionIds, whyNotOnVm } from "./vm-actions.ts";

const vm = answeredVm("web1");

test("a viewer can do nothing, and is told why", () => {
  for (const id of vmActionIds) {
    expect(whyNotOnVm(id, vm, "viewer")).toBe("Needs the role operator; you are viewer");
  }
});

test("what the state does not allow is told by the table that the command line asks", () => {
  expect(whyNotOnVm("stop", vm, "operator")).toBeUndefined();
  expect(whyNotOnVm("start", vm, "operator")).toBe("web1 runs already");
  expect(whyNotOnVm("move", { ...vm, migratable: false }, "admin")).toBe(
    "web1 cannot be moved live: migration is not allowed for it",
  );
});

test("an action is sent to its route, with the name as one part of the path", () => {
  expect(planOnVm("move", "a/b", "node2")).toMatchObject({
    ...{ path: "/v1/vms/a%2Fb/move", body: { to: "node2" }, hasDryRun: true },
  });
  expect(planOnVm("force-stop", "web1")).toMatchObject({
    ...{ path: "/v1/vms/web1/stop", body: { force: true }, isDanger: true },
  });
  expect(planOnVm("reset", "web1").hasDryRun).toBe(false);
});
