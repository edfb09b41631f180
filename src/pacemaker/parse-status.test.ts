import { describe, expect, test } from "bun:test";
import { isHavenError } from "../base/errors.ts";
import { parseStatus } from "./parse-status.ts";

const text = `<pacemaker-result api-version="2.25" request="crm_mon">
  <summary>
    <stack type="corosync"/>
    <current_dc present="true" version="2.1.5-a3f44794f94" name="node1" id="1" with_quorum="true" mixed_version="false"/>
    <last_update time="Sat Nov 21 04:07:37 2026"/>
    <last_change time="Fri Feb  1 19:09:56 2013" user="root" client="cibadmin" origin="node1"/>
    <resources_configured number="5" disabled="1" blocked="0"/>
    <cluster_options stonith-enabled="true" symmetric-cluster="true" no-quorum-policy="stop" maintenance-mode="false" stop-all-resources="false" stonith-timeout-ms="60000" priority-fencing-delay-ms="0"/>
  </summary>
  <nodes>
    <node name="node1" id="1" online="true" standby="false" standby_onfail="false" maintenance="false" pending="false" unclean="false" health="green" feature_set="3.16.2" shutdown="false" expected_up="true" is_dc="true" resources_running="2" type="member"/>
    <node name="node2" id="2" online="false" standby="true" standby_onfail="false" maintenance="false" pending="false" unclean="true" shutdown="false" expected_up="true" is_dc="false" resources_running="0" type="member"/>
    <node name="guest1" id="guest1" online="true" standby="false" standby_onfail="false" maintenance="false" pending="false" unclean="false" shutdown="false" expected_up="false" is_dc="false" resources_running="0" type="remote" id_as_resource="vm-guest"/>
  </nodes>
  <resources>
    <resource id="vm-web" resource_agent="ocf:haven:Domain" role="Started" target_role="Started" active="true" orphaned="false" blocked="false" managed="true" failed="false" failure_ignored="false" nodes_running_on="1" pending="Migrating">
      <node name="node1" id="1" cached="true"/>
    </resource>
    <clone id="c" multi_state="true" unique="false" managed="true" disabled="false" failed="false" failure_ignored="false">
      <group id="g:0" number_resources="1" managed="true" disabled="false">
        <resource id="p" resource_agent="ocf:pacemaker:Stateful" role="Promoted" active="true" orphaned="false" blocked="true" managed="false" maintenance="true" failed="true" failure_ignored="false" nodes_running_on="0"/>
      </group>
    </clone>
    <bundle id="b" type="podman" image="i" unique="false" managed="true" failed="false">
      <replica id="0"><resource id="b-podman-0" resource_agent="ocf:heartbeat:podman" role="Stopped" active="false" orphaned="false" blocked="false" managed="true" failed="false" failure_ignored="false" nodes_running_on="0"/></replica>
    </bundle>
  </resources>
  <node_attributes><node name="node1"><attribute name="pingd" value="2000" expected="1"/></node></node_attributes>
  <node_history>
    <node name="node1">
      <resource_history id="vm-web" orphan="false" migration-threshold="3" fail-count="1000000" last-failure="Mon Feb 15 01:11:26 2021"/>
      <resource_history id="p" orphan="false" migration-threshold="1000000"/>
    </node>
  </node_history>
  <failures>
    <failure op_key="vm-web_migrate_to_0" node="node1" exitstatus="error" exitreason="the disk is missing" exitcode="1" call="12" status="complete" last-rc-change="2026-11-21 04:00:00Z" queued="0" exec="20" interval="0" task="migrate_to"/>
    <failure id="a_b_c_monitor_10000" node="node2" exitstatus="not running" exitreason="none" exitcode="7" call="5" status="Timed Out"/>
  </failures>
  <fence_history status="0">
    <fence_event status="failed" exit-reason="No answer" delegate="node1" action="off" target="node2" client="pacemaker-controld.7" origin="node1" completed="2026-11-21 04:00:01Z"/>
  </fence_history>
  <bans><ban id="cli-ban-p" resource="p" node="node2" weight="-1000000" promoted-only="false"/></bans>
  <status code="0" message="OK"/>
</pacemaker-result>`;

describe("crm_mon's XML", () => {
  const status = parseStatus(text);

  test("summary", () => {
    expect(status.dc).toEqual({ name: "node1", version: "2.1.5-a3f44794f94", mixedVersion: false });
    expect([status.quorum, status.stonithEnabled, status.maintenance, status.stack]).toEqual([
      true,
      true,
      false,
      "corosync",
    ]);
    expect(status.resourcesDisabled).toBe(1);
  });

  test("nodes with every flag", () => {
    expect(status.nodes.map((n) => [n.name, n.type, n.online, n.standby, n.unclean, n.dc, n.health])).toEqual(
      [
        ["node1", "member", true, false, false, true, "green"],
        ["node2", "member", false, true, true, false, undefined],
        ["guest1", "guest", true, false, false, false, undefined],
      ],
    );
    expect(status.nodes[0]?.attributes.get("pingd")).toBe("2000");
  });

  test("resources and what is around them", () => {
    expect(
      status.resources.map((r) => [r.id, r.role, r.pending, r.nodes.join(), r.inside.join("/")]),
    ).toEqual([
      ["vm-web", "Started", "Migrating", "node1", ""],
      ["p", "Promoted", undefined, "", "c/g:0"],
      ["b-podman-0", "Stopped", undefined, "", "b"],
    ]);
    expect(status.containers.map((c) => [c.id, c.kind, c.promotable])).toEqual([
      ["c", "clone", true],
      ["g:0", "group", false],
      ["b", "bundle", false],
    ]);
    const [, promoted] = status.resources;
    expect([promoted?.blocked, promoted?.managed, promoted?.maintenance, promoted?.failed]).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  test("failures, counts, fencing, bans", () => {
    expect(status.failures).toEqual([
      {
        resource: "vm-web",
        operation: "migrate_to",
        intervalMs: 0,
        node: "node1",
        exitCode: 1,
        exitStatus: "error",
        exitReason: "the disk is missing",
        status: "complete",
        callId: 12,
        lastChange: "2026-11-21 04:00:00Z",
        execMs: 20,
      },
      {
        resource: "a_b_c",
        operation: "monitor",
        intervalMs: 10_000,
        node: "node2",
        exitCode: 7,
        exitStatus: "not running",
        exitReason: undefined,
        status: "Timed Out",
        callId: 5,
        lastChange: undefined,
        execMs: undefined,
      },
    ]);
    expect(status.failCounts).toEqual([
      {
        resource: "vm-web",
        node: "node1",
        count: Number.POSITIVE_INFINITY,
        migrationThreshold: 3,
        lastFailure: "Mon Feb 15 01:11:26 2021",
      },
    ]);
    expect(status.fenceHistory[0]).toMatchObject({
      target: "node2",
      status: "failed",
      exitReason: "No answer",
    });
    expect(status.bans[0]?.weight).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe("what is no status", () => {
  const failure = (xml: string): string => {
    try {
      parseStatus(xml);
    } catch (error) {
      if (isHavenError(error)) return `${error.code}: ${error.message}`;
    }
    return "taken";
  };
  test("an error that crm_mon 2.1.5 calls OK", () => {
    const said = `<pacemaker-result><status code="0" message="OK"><errors><error>Could not connect to the CIB: no</error></errors></status></pacemaker-result>`;
    expect(failure(said)).toBe("pacemaker.failed: crm_mon failed: Could not connect to the CIB: no");
  });
  test("a cluster that is not there", () => {
    const said = `<pacemaker-result><status code="102" message="Not connected"/></pacemaker-result>`;
    expect(failure(said)).toBe("pacemaker.down: Pacemaker does not answer on this node: Not connected");
  });
  test("broken XML", () =>
    expect(failure("<pacemaker-result>")).toStartWith("xml.invalid: crm_mon's output, line 1"));
});
