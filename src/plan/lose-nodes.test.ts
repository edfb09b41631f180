import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { Cib } from "../pacemaker/cib.ts";
import { livePacemaker } from "../pacemaker/live.ts";
import type { XmlElement } from "../xml/element.ts";
import { loseNodes } from "./lose-nodes.ts";

setDefaultTimeout(60_000);

const uuid = "5f1b1b7e-0000-4000-8000-000000000000";

function record(resource: string, operation: string, node: string, interval = 0): string {
  const call = interval === 0 ? 5 : 6;
  const key = `${call}:1:0:${uuid}`;
  const id = interval === 0 ? `${resource}_last_0` : `${resource}_${operation}_${interval}`;
  return (
    `<lrm_rsc_op id="${id}" operation_key="${resource}_${operation}_${interval}" operation="${operation}" transition-key="${key}" ` +
    `transition-magic="0:0;${key}" call-id="${call}" rc-code="0" op-status="0" interval="${interval}" on_node="${node}"/>`
  );
}

function history(resource: string, type: string, provider: string, records: string): string {
  return `<lrm_resource id="${resource}" type="${type}" class="ocf" provider="${provider}">${records}</lrm_resource>`;
}

function state(id: string, name: string, resources: string): string {
  return (
    `<node_state id="${id}" uname="${name}" in_ccm="true" crmd="online" join="member" expected="member">` +
    `<lrm id="${id}"><lrm_resources>${resources}</lrm_resources></lrm></node_state>`
  );
}

/** Two nodes and one of Pacemaker Remote, on which the VM runs; node1 holds the connection to it. */
const cluster = Cib.parse(
  `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.8" admin_epoch="0" epoch="4" num_updates="0" have-quorum="1" dc-uuid="1">` +
    `<configuration><crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="true"/></cluster_property_set></crm_config>` +
    `<nodes><node id="1" uname="node1"/><node id="2" uname="node2"/><node id="remote1" type="remote" uname="remote1"/></nodes>` +
    `<resources><primitive id="fence" class="stonith" type="fence_none"/>` +
    `<primitive id="remote1" class="ocf" provider="pacemaker" type="remote"><operations><op id="r-m" name="monitor" interval="30s"/></operations></primitive>` +
    `<primitive id="vm-web" class="ocf" provider="haven" type="Domain"/></resources><constraints/></configuration><status>` +
    state(
      "1",
      "node1",
      history(
        "remote1",
        "remote",
        "pacemaker",
        record("remote1", "start", "node1") + record("remote1", "monitor", "node1", 30_000),
      ),
    ) +
    state("2", "node2", "") +
    `<node_state remote_node="true" id="remote1" uname="remote1" in_ccm="true"><lrm id="remote1"><lrm_resources>` +
    history("vm-web", "Domain", "haven", record("vm-web", "reload-agent", "remote1")) +
    `</lrm_resources></lrm></node_state></status></cib>`,
);

const stateOf = (cib: Cib, name: string): XmlElement | undefined =>
  cib.status.all("node_state").find((one) => one.get("uname") === name);

test("a cluster node is away, did not leave by itself, and is no coordinator any more", () => {
  const lost = loseNodes(cluster, ["node1"], true);
  expect(Object.fromEntries(stateOf(lost, "node1")?.entries() ?? [])).toMatchObject({
    ...{ in_ccm: "0", crmd: "0", join: "down", expected: "member" },
  });
  expect(lost.root.get("dc-uuid")).toBeUndefined();
  expect(loseNodes(cluster, ["node2"], true).root.get("dc-uuid")).toBe("1");
  expect(loseNodes(cluster, ["node2"], false).root.get("have-quorum")).toBe("0");
  // What it was made from is as it was.
  expect(stateOf(cluster, "node1")?.get("in_ccm")).toBe("true");
});

test("a node of Pacemaker Remote is lost by its connection, whose monitor has failed; its own state stays", () => {
  const lost = loseNodes(cluster, ["remote1"], true);
  const records = [...(stateOf(lost, "node1")?.walk() ?? [])].filter(({ name }) => name === "lrm_rsc_op");
  expect(records.map((one) => [one.get("operation"), one.get("rc-code"), one.get("op-status")])).toEqual([
    ["start", "0", "0"],
    ["monitor", "1", "4"],
  ]);
  expect(records[1]?.get("transition-magic")).toBe(`4:1;6:1:0:${uuid}`);
  expect(stateOf(lost, "remote1")?.get("in_ccm")).toBe("true");
  expect(stateOf(lost, "node1")?.get("in_ccm")).toBe("true");
});

describe.skipIf(Bun.which("crm_simulate") === null)("as the scheduler sees it", () => {
  test("the remote node is fenced, and its VM recovered elsewhere", async () => {
    const pacemaker = livePacemaker({ cibFile: "/nonexistent" });
    const quiet = await pacemaker.simulate(cluster.toXml());
    expect(quiet.fenced).toEqual([]);
    const { fenced, actions } = await pacemaker.simulate(loseNodes(cluster, ["remote1"], true).toXml());
    expect(fenced.map(({ node }) => node)).toEqual(["remote1"]);
    const web = actions.find(({ resource }) => resource === "vm-web");
    expect(web).toMatchObject({ from: "remote1", to: expect.stringMatching(/^node[12]$/) });
    expect(["move", "recover"]).toContain(web?.kind ?? "");
  });

  test("the node that holds the connection is lost: the connection moves, and the VM runs on", async () => {
    const pacemaker = livePacemaker({ cibFile: "/nonexistent" });
    const { fenced, actions } = await pacemaker.simulate(loseNodes(cluster, ["node1"], true).toXml());
    expect(fenced.map(({ node }) => node)).toEqual(["node1"]);
    expect(actions.find(({ resource }) => resource === "remote1")).toMatchObject({ to: "node2" });
    expect(actions.find(({ resource }) => resource === "vm-web")).toBeUndefined();
  });
});
