import { describe, expect, test } from "bun:test";
import type { StatusReadiness } from "../contract/status-report.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { ClusterStatus, FailedAction, NodeStatus, ResourceStatus } from "../pacemaker/status.ts";
import { powerTestAttribute, reachTestAttribute } from "./fence-test-record.ts";
import { readiness } from "./readiness.ts";

const now = Date.parse("2026-11-27T12:00:00Z");
const daysAgo = (days: number): string =>
  new Date(now - days * 86_400_000).toISOString().replace(/\.\d+Z/, "Z");
const good = (node: string): string =>
  `${daysAgo(3)} ok off=90.0 whole=200.0 device=fence-${node} from=node9`;

interface World {
  readonly nodes?: readonly string[];
  /** Attributes of node1; the others have a test that is good. */
  readonly power?: string | undefined;
  readonly reach?: string;
  readonly properties?: string;
  /** Inside node1's device. */
  readonly device?: string;
  readonly agent?: string;
  readonly resources?: string;
  readonly constraints?: string;
  readonly topology?: string;
  readonly memory?: number;
  readonly status?: Partial<ClusterStatus>;
  readonly node1?: Partial<NodeStatus>;
  readonly node2?: Partial<NodeStatus>;
  readonly vm?: Partial<ResourceStatus>;
  readonly others?: readonly Partial<ResourceStatus>[];
}

function cibOf(world: World): Cib {
  const { nodes = ["node1", "node2"], properties = "", memory = 1024 } = world;
  const pair = (name: string, value: string | undefined, id: string): string =>
    value === undefined ? "" : `<nvpair id="${id}-${name}" name="${name}" value="${value}"/>`;
  const power = "power" in world ? world.power : good("node1");
  const nodeXml = nodes.map((node, i) => {
    const pairs =
      node === "node1"
        ? pair(powerTestAttribute, power, node) + pair(reachTestAttribute, world.reach, node)
        : pair(powerTestAttribute, good(node), node);
    return `<node id="${i + 1}" uname="${node}"><instance_attributes id="a${i}">${pairs}</instance_attributes>
      <utilization id="u${i}"><nvpair id="um${i}" name="memory" value="8192"/></utilization></node>`;
  });
  const devices = nodes.map((node) => {
    const agent = node === "node1" ? (world.agent ?? "fence_ipmilan") : "fence_ipmilan";
    const more = node === "node1" ? (world.device ?? "") : "";
    return `<primitive id="fence-${node}" class="stonith" type="${agent}"><instance_attributes id="f-${node}">
      <nvpair id="l-${node}" name="pcmk_host_list" value="${node}"/><nvpair id="r-${node}" name="pcmk_reboot_timeout" value="240s"/>
      ${more}</instance_attributes></primitive>`;
  });
  return Cib.parse(`<cib><configuration><crm_config><cluster_property_set id="p">${properties}
    <nvpair id="p-s" name="placement-strategy" value="balanced"/></cluster_property_set></crm_config>
    <nodes>${nodeXml.join("")}</nodes><resources>${world.resources ?? devices.join("")}
    <primitive id="vm-web" class="ocf" provider="haven" type="Domain"><utilization id="vu"><nvpair id="vum" name="memory" value="${memory}"/></utilization></primitive>
    <primitive id="vm-big" class="ocf" provider="haven" type="Domain"><utilization id="bu"><nvpair id="bum" name="memory" value="7900"/></utilization></primitive>
    </resources><constraints>${world.constraints ?? ""}</constraints>
    <fencing-topology>${world.topology ?? ""}</fencing-topology></configuration><status/></cib>`);
}

function statusOf(world: World): ClusterStatus {
  const { nodes = ["node1", "node2"], node1 = {}, node2 = {}, vm = {}, others = [] } = world;
  const resource = (one: Partial<ResourceStatus>): Partial<ResourceStatus> => ({
    agent: "ocf:haven:Domain",
    active: true,
    managed: true,
    failed: false,
    blocked: false,
    orphaned: false,
    nodes: ["node1"],
    ...one,
  });
  const more: Readonly<Record<string, Partial<NodeStatus>>> = { node1, node2 };
  return {
    stonithEnabled: true,
    maintenance: false,
    failures: [],
    nodes: nodes.map((name) => ({
      name,
      online: true,
      pending: false,
      unclean: false,
      standby: false,
      standbyOnFail: false,
      maintenance: false,
      shutdown: false,
      ...more[name],
    })),
    resources: [
      resource({ id: "vm-web", ...vm }),
      ...nodes.map((node) =>
        resource({ id: `fence-${node}`, agent: "stonith:fence_ipmilan", nodes: ["node2"] }),
      ),
      ...others.map(resource),
    ],
    ...world.status,
  } as unknown as ClusterStatus;
}

function judge(world: World = {}): StatusReadiness {
  return readiness(statusOf(world), cibOf(world), now);
}

/** Why node1 is not ready. */
function node1(world: World): readonly string[] {
  const found = judge(world).nodes.find(({ name }) => name === "node1");
  expect(found?.ready).toBe(found?.reasons.length === 0);
  return found?.reasons.map(({ code, text }) => `${code}: ${text}`) ?? [];
}

/** Why the VM web is not ready. */
function web(world: World): readonly string[] {
  const found = judge(world).vms.find(({ name }) => name === "web");
  return found?.reasons.map(({ code, text }) => `${code}: ${text}`) ?? [];
}

test("a node whose vote the others need", () => {
  const votes = { quorate: true, expectedVotes: 3, totalVotes: 2, neededVotes: 2, twoNode: false, nodes: [] };
  const judged = readiness(statusOf({}), cibOf({}), now, votes);
  expect(judged.nodes.map(({ reasons }) => reasons.map(({ code }) => code))).toEqual([["votes"], ["votes"]]);
  expect(judged.vms[0]?.ready).toBe(false);
  expect(readiness(statusOf({}), cibOf({}), now, { ...votes, totalVotes: 3 }).ready).toBe(true);
  expect(readiness(statusOf({}), cibOf({}), now, { ...votes, twoNode: true }).ready).toBe(true);
});

test("all is ready", () => {
  expect(judge()).toEqual({
    ready: true,
    nodes: ["node1", "node2"].map((name) => ({
      name,
      ready: true,
      reasons: [],
      tested: new Date(Date.parse(daysAgo(3))).toISOString(),
    })),
    vms: [{ name: "web", ready: true, reasons: [] }],
  });
});

describe("a node is not ready", () => {
  test("alone, without fencing, or in maintenance: neither is a VM", () => {
    const off: World = { status: { stonithEnabled: false } };
    expect(node1(off)).toEqual(["fencing-disabled: fencing is off (stonith-enabled=false)"]);
    expect(web(off)).toEqual(node1(off));
    const kept: World = { status: { maintenance: true } };
    expect(node1(kept)).toEqual(["maintenance: the cluster is in maintenance: nothing is recovered"]);
    expect(web(kept)).toEqual(node1(kept));
    const alone: World = { nodes: ["node1"] };
    expect(node1(alone)).toEqual(["one-node: the cluster has one node"]);
    expect(web(alone)).toEqual(node1(alone));
  });

  test("that is not there, or in maintenance", () => {
    expect(node1({ node1: { online: false } })).toEqual(["node-state: it is not online"]);
    expect(node1({ node1: { online: false, unclean: true } })).toEqual(["node-state: it is UNCLEAN"]);
    expect(node1({ node1: { maintenance: true } })[0]).toStartWith("maintenance: it is in maintenance");
    expect(node1({ node1: { standby: true } })).toEqual([]);
  });

  test("without a device, or with a person alone", () => {
    expect(node1({ resources: "" })).toEqual(["no-device: no device can shoot it"]);
    const level = '<fencing-level id="l1" target="node1" index="1" devices="fence-gone"/>';
    expect(node1({ topology: level })).toEqual([
      "no-device: no device can shoot it: fence-gone is not there",
    ]);
    const wrong = level.replace("fence-gone", "fence-node2");
    expect(node1({ topology: wrong })[0]).toEndWith("fence-node2 does not shoot node1");
    expect(node1({ agent: "fence_haven_manual" })).toEqual(["person-only: only a person can switch it off"]);
  });

  test("whose device is switched off, failed its check, or was not reached from another node", () => {
    const stopped = {
      id: "fence-node1",
      agent: "stonith:fence_ipmilan",
      targetRole: "Stopped",
      active: false,
      nodes: [],
    };
    const resources = statusOf({}).resources.filter(({ id }) => id !== "fence-node1");
    const off = [...resources, stopped as unknown as ResourceStatus];
    expect(node1({ status: { resources: off } })).toEqual(["device-off: fence-node1 is switched off"]);
    const failure = { resource: "fence-node1", node: "node2" } as unknown as FailedAction;
    expect(node1({ status: { failures: [failure] } })).toEqual([
      "device-failed: the last check of fence-node1 from node2 failed",
    ]);
    expect(node1({ reach: `${daysAgo(1)} fence-node1=node2,!node3` })).toEqual([
      "unreachable: fence-node1 did not answer as it should when asked from node3",
    ]);
    expect(node1({ reach: `${daysAgo(1)} fence-node1=node2,node3` })).toEqual([]);
    expect(node1({ reach: `${daysAgo(1)} fence-gone=!node2` })).toEqual([]);
  });

  test("that was never tested, not lately, or not with this device", () => {
    expect(node1({ power: undefined })).toEqual(["not-tested: its fencing was never tested"]);
    expect(node1({ power: "nonsense" })).toEqual(["not-tested: its fencing was never tested"]);
    expect(node1({ power: good("node1").replace(daysAgo(3), daysAgo(-30)) })[0]).toStartWith("not-tested");
    expect(node1({ power: good("node1").replace(daysAgo(3), daysAgo(89)) })).toEqual([]);
    expect(node1({ power: good("node1").replace(daysAgo(3), daysAgo(90)) })).toEqual([
      "test-old: its fencing was not tested for 90 days",
    ]);
    expect(node1({ power: good("old") })).toEqual([
      "not-tested: its fencing was not tested with fence-node1",
    ]);
    expect(node1({ power: `${daysAgo(1)} failed device=fence-node1 why=No answer` })).toEqual([
      "test-failed: the test of its fencing on 2026-11-26 failed: No answer",
    ]);
  });

  test("whose device has less time than it took", () => {
    const slow = good("node1").replace("off=90.0", "off=240.5");
    expect(node1({ power: slow })).toEqual([
      "timeout: fence-node1 has 240 s to switch it off, and took 240.5 s in the last test",
    ]);
    // What the cluster does is off, for which the device has what Pacemaker gives, and then what is set.
    const action = '<nvpair id="p-a" name="stonith-action" value="off"/>';
    expect(node1({ properties: action })[0]).toContain("has 60 s");
    const longer = `${action}<nvpair id="p-t" name="stonith-timeout" value="2min"/>`;
    expect(node1({ properties: longer })).toEqual([]);
    const own = '<nvpair id="o" name="pcmk_off_timeout" value="80"/>';
    expect(node1({ properties: longer, device: own })[0]).toContain("has 80 s");
  });

  test("unless another step of its escalation works", () => {
    const levels = (first: string, second: string): string =>
      `<fencing-level id="l1" target="node1" index="1" devices="${first}"/><fencing-level id="l2" target="node1" index="2" devices="${second}"/>`;
    expect(node1({ topology: levels("fence-gone", "fence-node1") })).toEqual([]);
    expect(node1({ topology: levels("fence-node1", "fence-gone") })).toEqual([]);
    expect(node1({ topology: levels("fence-node1,fence-gone", "fence-gone") })).toEqual([
      "no-device: no device can shoot it: fence-gone is not there",
    ]);
  });
});

describe("a VM is not ready", () => {
  test("on a node that is not, unmanaged, or not running", () => {
    expect(web({ power: undefined })).toEqual(["node-not-ready: node1 is not ready"]);
    expect(web({ power: undefined, vm: { nodes: ["node2"] } })).toEqual([]);
    expect(web({ vm: { managed: false } })).toEqual(["unmanaged: it is unmanaged: it is not recovered"]);
    expect(web({ vm: { active: false, nodes: [] } })).toEqual(["not-running: it does not run as it should"]);
    expect(judge({ vm: { active: false, nodes: [], targetRole: "Stopped" } }).vms).toEqual([]);
  });

  test("that is bound to one node", () => {
    const never = '<rsc_location id="c" rsc="vm-web" node="node2" score="-INFINITY"/>';
    expect(web({ constraints: never })).toEqual(["bound: it may run on node1 only"]);
    expect(web({ constraints: never.replace("-INFINITY", "-1000") })).toEqual([]);
    expect(web({ constraints: never.replace("vm-web", "vm-big") })).toEqual([]);
    const rule = (expressions: string, op = "and"): string =>
      `<rsc_location id="c" rsc="vm-web"><rule id="r" score="-INFINITY" boolean-op="${op}">${expressions}</rule></rsc_location>`;
    const is = (operation: string, value: string, attribute = "#uname"): string =>
      `<expression id="e-${value}" attribute="${attribute}" operation="${operation}" value="${value}"/>`;
    expect(web({ constraints: rule(is("ne", "node1")) })).toEqual(["bound: it may run on node1 only"]);
    expect(web({ constraints: rule(is("eq", "node2")) })).toEqual(["bound: it may run on node1 only"]);
    expect(web({ constraints: rule(is("ne", "node1") + is("ne", "node2")) })).toEqual([]);
    expect(web({ constraints: rule(is("eq", "node1") + is("eq", "node2"), "or") })[0]).toContain("no node");
    // Attributes may change by the minute: the scheduler's business.
    expect(web({ constraints: rule(is("ne", "1", "pingd")) })).toEqual([]);
  });

  test("that no other node can take now", () => {
    const gone = "no-other-node: no other node that it may run on is there for it now";
    for (const state of [{ standby: true }, { online: false }, { maintenance: true }, { pending: true }]) {
      expect(web({ node2: state })).toContain(gone);
    }
    const full: World = { others: [{ id: "vm-big", nodes: ["node2"] }] };
    expect(web(full)).toEqual(["no-other-node: no other node has the memory free that it needs"]);
    expect(web({ ...full, memory: 200 })).toEqual([]);
  });
});

describe("nodes that are reset by their own watchdogs", () => {
  const properties = (running: boolean): string =>
    `<nvpair id="p-w" name="stonith-watchdog-timeout" value="14s"/><nvpair id="p-h" name="have-watchdog" value="${running}"/>`;
  const tested = `${daysAgo(3)} ok off=14.2 whole=40.0 device=watchdog from=node9`;

  test("are fenced where SBD runs, and that was tested", () => {
    const of = (power: string | undefined, running = true) =>
      node1({ resources: " ", power, properties: properties(running) });
    expect(of(tested)).toEqual([]);
    expect(of(undefined)).toEqual(["not-tested: its fencing was never tested"]);
    expect(of(tested, false)).toEqual([
      "no-watchdog: it would be fenced by its own watchdog only, and SBD does not run",
    ]);
  });

  test("behind a device: one of the two is enough", () => {
    const pair = (id: string, name: string, value: string): string =>
      `<nvpair id="${id}-${name}" name="${name}" value="${value}"/>`;
    const bmc = `<primitive id="fence-node1" class="stonith" type="fence_ipmilan"><instance_attributes id="f">${pair("f", "pcmk_host_list", "node1")}${pair("f", "pcmk_off_timeout", "30s")}${pair("f", "pcmk_reboot_timeout", "40s")}</instance_attributes></primitive>`;
    const levels = ["fence-node1", "watchdog"].map(
      (id, at) => `<fencing-level id="l${at}" target="node1" index="${at + 1}" devices="${id}"/>`,
    );
    const of = (running: boolean, timeout = "60s") =>
      node1({
        resources: `${bmc}<primitive id="watchdog" class="stonith" type="fence_watchdog"/>`,
        topology: levels.join(""),
        power: `${daysAgo(3)} ok off=14.2 whole=40.0 device=fence-node1,watchdog from=node9`,
        properties: properties(running) + pair("p", "stonith-timeout", timeout),
        status: { failures: [{ resource: "fence-node1", node: "node2" } as FailedAction] },
      });
    expect(of(true)).toEqual([]);
    expect(of(false)).toEqual(["device-failed: the last check of fence-node1 from node2 failed"]);
    // Pacemaker would not come to it.
    expect(of(true, "50s")).toEqual(["device-failed: the last check of fence-node1 from node2 failed"]);
  });

  test("are shot by their devices where they have any", () => {
    expect(node1({ properties: properties(true) })).toEqual([]);
    expect(node1({ properties: properties(false) })).toEqual([]);
  });
});
