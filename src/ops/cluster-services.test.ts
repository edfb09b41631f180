import { expect, test } from "bun:test";
import { parseStatus } from "../pacemaker/parse-status.ts";
import { isReady, membersIn } from "./cluster-services.ts";

test("members in the words of corosync-quorumtool", () => {
  expect(membersIn("Quorum information\n------\nNodes:            3\nQuorate:          Yes\n")).toBe(3);
  expect(membersIn("Cannot initialize QUORUM service")).toBe(0);
});

function status(quorum: boolean, pending: boolean) {
  const dc = '<current_dc present="true" version="3.0.0" name="node1" id="1" with_quorum="true"/>';
  const node = (name: string, waits: boolean): string =>
    `<node name="${name}" id="${name.slice(-1)}" online="true" standby="false" standby_onfail="false" ` +
    `maintenance="false" pending="${waits}" unclean="false" shutdown="false" expected_up="true" is_dc="false" ` +
    'resources_running="0" type="member"/>';
  return parseStatus(
    `<pacemaker-result api-version="2.30" request="crm_mon"><summary><stack type="corosync"/>${dc.replace(
      'with_quorum="true"',
      `with_quorum="${quorum}"`,
    )}</summary><nodes>${node("node1", false)}${node("node2", pending)}</nodes><resources/>` +
      '<status code="0" message="OK"/></pacemaker-result>',
  );
}

test("a cluster is ready with quorum and all nodes online", () => {
  expect(isReady(status(true, false), ["node1", "node2"])).toBe(true);
  expect(isReady(status(true, true), ["node1", "node2"])).toBe(false);
  expect(isReady(status(false, false), ["node1", "node2"])).toBe(false);
  expect(isReady(status(true, false), ["node1", "node2", "node3"])).toBe(false);
});
