import { expect, test } from "bun:test";
import { readXml } from "../xml/read.ts";
import { alertMain, alertText } from "./alert.ts";
import {
  formerMigrationsIn,
  nodeIsOffIn,
  operationsIn,
  recordOf,
  shutdownRecordOf,
} from "./pacemaker-record.ts";

const op = (text: string): string => `<lrm_rsc_op on_node="node1" op-status="0" ${text}/>`;
const holder = (...ops: string[]) =>
  operationsIn(
    readXml(`<xpath-query><lrm_resource id="vm-web">${ops.join("")}</lrm_resource></xpath-query>`),
  );

test("a migration that failed, and one that is under way", () => {
  const failed = op(`operation="migrate_to" rc-code="1" migrate_source="node1" migrate_target="node2"`);
  expect(recordOf(holder(failed), "node1")).toEqual({ failed: true, pending: false });
  expect(recordOf(holder(failed), "node2")).toEqual({ failed: false, pending: false });
  const pending = `<lrm_rsc_op operation="migrate_to" op-status="-1" rc-code="193" migrate_source="node1"/>`;
  expect(recordOf(holder(pending), "node1")).toEqual({ failed: false, pending: true });
  expect(recordOf(holder(failed, pending), "node1")).toEqual({ failed: true, pending: true });
  const good = op(`operation="migrate_to" rc-code="0" migrate_source="node1"`);
  expect(recordOf(holder(good), "node1")).toEqual({ failed: false, pending: false });
  const single = operationsIn(readXml(`<lrm_resource id="vm-web">${failed}</lrm_resource>`));
  expect(recordOf(single, "node1").failed).toBe(true);
});

test("what is recorded elsewhere of migrations that succeeded is former", () => {
  const record = (id: string, what: string, node: string, more = `rc-code="0"`) =>
    `<lrm_rsc_op id="${id}" operation="${what}" op-status="0" on_node="${node}" transition-key="1:2:0:u-${node}" ${more}/>`;
  const found = holder(
    record("vm-web_migrate_from_0", "migrate_from", "node1"),
    record("vm-web_migrate_to_0", "migrate_to", "node3"),
    record("own", "migrate_from", "node2"),
    record("failed", "migrate_to", "node1", `rc-code="1"`),
    record("pending", "migrate_from", "node1", `rc-code="193"`),
    record("d' or '1", "migrate_from", "node1"),
    record("stop", "stop", "node1"),
  );
  expect(formerMigrationsIn(found, "node2")).toEqual([
    { id: "vm-web_migrate_from_0", node: "node1", key: "1:2:0:u-node1" },
    { id: "vm-web_migrate_to_0", node: "node3", key: "1:2:0:u-node3" },
  ]);
});

test("a VM that has ended by itself", () => {
  const gone = op(`operation="monitor" rc-code="7" interval="10000"`);
  const stop = op(`operation="stop" rc-code="0" interval="0"`);
  expect(shutdownRecordOf(holder(gone), "node1")).toEqual({ stopped: false, failed: true, pending: false });
  expect(shutdownRecordOf(holder(gone, stop), "node1")).toEqual({
    stopped: true,
    failed: true,
    pending: false,
  });
  expect(shutdownRecordOf(holder(gone, stop), "node2")).toEqual({
    stopped: false,
    failed: false,
    pending: false,
  });
  // A probe that does not find it is no failure.
  const probe = op(`operation="monitor" rc-code="7" interval="0"`);
  expect(shutdownRecordOf(holder(probe, stop), "node1")).toMatchObject({ failed: false });
  const start = `<lrm_rsc_op operation="start" op-status="-1" rc-code="193" on_node="node2"/>`;
  expect(shutdownRecordOf(holder(gone, stop, start), "node1")).toMatchObject({ pending: true });
});

test("a node is off only when Pacemaker is sure", () => {
  const node = (rest: string) => readXml(`<crm_mon><nodes><node name="node2" ${rest}/></nodes></crm_mon>`);
  expect(nodeIsOffIn(node(`online="false" unclean="false" pending="false"`), "node2")).toBe(true);
  expect(nodeIsOffIn(node(`online="false" unclean="true"`), "node2")).toBe(false);
  expect(nodeIsOffIn(node(`online="true" unclean="false"`), "node2")).toBe(false);
  expect(nodeIsOffIn(node(`online="false" unclean="false" pending="true"`), "node2")).toBe(false);
  expect(nodeIsOffIn(node(`online="false" unclean="false"`), "node3")).toBe(false);
});

test("an alert that is not known is none, and none of them fails", async () => {
  expect(alertText({})).toBeUndefined();
  expect(alertText({ CRM_alert_kind: "something new" })).toBeUndefined();
  expect(
    alertText({ CRM_alert_kind: "resource", CRM_alert_task: "monitor", CRM_alert_rc: "1" }),
  ).toBeUndefined();
  const failed = {
    CRM_alert_kind: "resource",
    CRM_alert_task: "migrate_to",
    CRM_alert_rc: "1",
    CRM_alert_rsc: "vm-web\nx",
  };
  expect(alertText(failed)).toStartWith("migrate_to of vm-web x failed");
  expect(await alertMain({ CRM_alert_kind: "node" })).toBe(0);
});
