import { expect, test } from "bun:test";
import type { Node } from "../api/answers.ts";
import { planOnNode, whyNotOnNode } from "./node-actions.ts";

const node = (state: Node["state"]): Node => ({
  ...{ name: "node1", state, type: "member", dc: false, vms: 0, resources: 0 },
});

test("an action that a node's state or the role does not allow says why", () => {
  expect(whyNotOnNode("standby", node("online"), "operator")).toBeUndefined();
  expect(whyNotOnNode("standby", node("standby"), "operator")).toBe("node1 is in standby already");
  expect(whyNotOnNode("online", node("online"), "viewer")).toContain("Needs the role operator");
  expect(whyNotOnNode("confirm", node("online"), "admin")).toBe("node1 is online, a member of the cluster");
  expect(whyNotOnNode("confirm", node("unclean"), "admin")).toBeUndefined();
  expect(whyNotOnNode("power-test", node("offline"), "admin")).toBe("node1 is offline");
});

test("what cuts the power or speaks for a server has its name typed", () => {
  expect(planOnNode("confirm", "node1")).toMatchObject({
    ...{ path: "/v1/nodes/node1/fence-confirm", isTyped: true, hasDryRun: false, isDanger: true },
  });
  expect(planOnNode("power-test", "node1")).toMatchObject({ isTyped: true, hasDryRun: true });
  expect(planOnNode("maintenance-on", "node1")).toMatchObject({
    ...{ path: "/v1/maintenance", body: { on: true, nodes: ["node1"] } },
  });
});
