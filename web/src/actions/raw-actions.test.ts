import { expect, test } from "bun:test";
import { planAddRaw, planOnRaw, planSetOption, whyNotOnRaw } from "./raw-actions.ts";

const resource = (managed: boolean) => ({
  ...{ id: "a", type: "primitive", agent: "ocf:pacemaker:Dummy", inside: [] },
  instances: [{ state: "running", role: "Started", nodes: ["node1"], managed }],
});

test("what cannot be done to a resource says why", () => {
  expect(whyNotOnRaw("cleanup", resource(true), "viewer")).toBe("Needs the role operator; you are viewer");
  expect(whyNotOnRaw("remove", resource(true), "operator")).toBe("Needs the role admin; you are operator");
  expect(whyNotOnRaw("manage", resource(true), "operator")).toBe("a is managed already");
  expect(whyNotOnRaw("unmanage", resource(false), "operator")).toBe("a is unmanaged already");
  expect(whyNotOnRaw("manage", resource(false), "operator")).toBeUndefined();
  expect(whyNotOnRaw("manage", { ...resource(true), type: "group", instances: [] }, "admin")).toBeUndefined();
});

test("what is sent is what the API takes", () => {
  expect(planOnRaw("remove", "a")).toMatchObject({
    path: "/v1/raw/objects/a/remove",
    hasDryRun: true,
    isDanger: true,
  });
  expect(planOnRaw("cleanup", "a")).toMatchObject({ path: "/v1/raw/objects/a/cleanup", hasDryRun: false });
  const definition = { type: "tag", id: "t", objects: ["a"] };
  expect(planAddRaw([definition], () => undefined)).toMatchObject({
    ...{ path: "/v1/raw", subject: "t", body: { definitions: [definition] } },
  });
  let done = 0;
  const set = planSetOption("resources", ["priority", "1"], () => done++);
  expect(set).toMatchObject({
    path: "/v1/raw/options",
    body: { of: "resources", values: { priority: "1" } },
  });
  set.outcome?.({});
  expect(done).toBe(1);
});
