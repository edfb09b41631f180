import { expect, test } from "bun:test";
import { vmDefinitionRequests } from "../../../src/contract/vm-definition-requests.ts";
import { planAdd, planEdit, planRevert } from "./plan-definition.ts";

const spec = { name: "web1", memory: "1 GiB" };

test("an edit says what it has seen, and tells when it is done", () => {
  let isDone = false;
  const plan = planEdit("web1", spec, '"tag"', () => {
    isDone = true;
  });
  expect(plan).toMatchObject({ method: "PUT", path: "/v1/vms/web1", ifMatch: '"tag"', hasDryRun: true });
  expect(vmDefinitionRequests.editVm.safeParse(plan.body).success).toBe(true);
  plan.outcome?.({});
  expect(isDone).toBe(true);
});

test("what is sent is what the API's routes take", () => {
  const add = planAdd(spec, true, () => undefined);
  expect(add).toMatchObject({ path: "/v1/vms", subject: "web1" });
  expect(vmDefinitionRequests.addVms.safeParse(add.body).success).toBe(true);
  const revert = planRevert("web1", "12");
  expect(vmDefinitionRequests.revertVm.safeParse(revert.body).success).toBe(true);
});
