import { expect, test } from "bun:test";
import { Cib } from "../pacemaker/cib.ts";
import type { QuorumStatus } from "../pacemaker/quorum.ts";
import type { ClusterStatus, FenceEvent, NodeStatus } from "../pacemaker/status.ts";
import { checkPowerTest, type PowerTestQuestion } from "./fence-power-check.ts";

const cib = Cib.parse(`<cib><configuration><resources>
  <primitive id="a" class="stonith" type="fence_x"><instance_attributes id="ai"><nvpair id="at" name="pcmk_reboot_timeout" value="240s"/></instance_attributes></primitive>
  <primitive id="b" class="stonith" type="fence_x"/><primitive id="person" class="stonith" type="fence_haven_manual"/>
</resources></configuration></cib>`);

interface World extends Partial<PowerTestQuestion> {
  readonly nodes?: Readonly<Record<string, Partial<NodeStatus>>>;
  readonly cluster?: Partial<ClusterStatus>;
}

function check({ nodes = { node1: {}, node2: {}, node3: {} }, cluster = {}, ...more }: World = {}) {
  const node = { type: "member", online: true, pending: false, unclean: false, maintenance: false };
  const status = {
    stonithEnabled: true,
    quorum: true,
    maintenance: false,
    dc: { name: "node2" },
    fenceHistory: [],
    nodes: Object.entries(nodes).map(([name, own]) => ({ ...node, standby: false, name, ...own })),
    ...cluster,
  } as unknown as ClusterStatus;
  return checkPowerTest({ node: "node1", self: "node2", cib, status, steps: [["a"]], ...more });
}

test("a node may be shot, and how long that may take", () => {
  expect(check()).toEqual({ node: "node1", devices: ["a"], inStandby: false, timeoutMs: 540_000 });
  const two = check({ nodes: { node1: { standby: true }, node2: {} }, steps: [["a"], ["b"], ["person"]] });
  expect(two).toEqual({ node: "node1", devices: ["a", "b"], inStandby: true, timeoutMs: 660_000 });
  expect(check({ device: "a" }).devices).toEqual(["a"]);
  const five = { node1: {}, node2: {}, node3: {}, node4: {}, node5: { online: false } };
  expect(check({ nodes: five }).node).toBe("node1");
});

/** Two nodes and a device of which so many votes are here. */
function votes(totalVotes: number, twoNode = false): QuorumStatus {
  return { quorate: true, expectedVotes: 3, totalVotes, neededVotes: 2, twoNode, nodes: [] };
}

test("with two nodes the third vote must be there", () => {
  const nodes = { node1: {}, node2: {} };
  expect(check({ nodes, quorum: votes(3) }).node).toBe("node1");
  expect(check({ nodes, quorum: votes(2, true) }).node).toBe("node1");
});

test.each<[string, World, string]>([
  [
    "no vote to spare",
    { quorum: votes(2) },
    "Without node1 the others are no majority (2 of 3 votes are here)",
  ],
  ["itself", { self: "node1" }, "This is node1"],
  ["unknown", { node: "node9" }, "There is no node 'node9'"],
  ["a guest", { nodes: { node1: { type: "remote" }, node2: {} } }, "no cluster node of its own"],
  ["fencing is off", { cluster: { stonithEnabled: false } }, "Fencing is off"],
  ["no quorum", { cluster: { quorum: false } }, "no quorum"],
  ["no coordinator", { cluster: { dc: undefined } }, "no quorum"],
  ["maintenance", { cluster: { maintenance: true } }, "In maintenance"],
  ["its maintenance", { nodes: { node1: { maintenance: true }, node2: {} } }, "In maintenance"],
  ["another is away", { nodes: { node1: {}, node2: {}, node3: { online: false } } }, "node3 is not online"],
  ["it is away", { nodes: { node1: { online: false }, node2: {}, node3: {} } }, "node1 is not online"],
  [
    "a fencing is under way",
    { cluster: { fenceHistory: [{ target: "node3", status: "pending" } as FenceEvent] } },
    "node3 is being fenced now",
  ],
  ["no device", { steps: [] }, "No device can shoot node1"],
  ["a person alone", { steps: [["person"]] }, "Only a person"],
  ["a device that is gone", { steps: [["gone"]] }, "gone, in the levels of node1, is not there"],
  ["another's device", { device: "b" }, "b does not shoot node1"],
  ["one of several", { device: "a", steps: [["a"], ["b"]] }, "Pacemaker cannot aim at one device"],
])("refused: %s", (_name, world, said) => {
  expect(() => check(world)).toThrow(said);
});

test("a node without a device is left to its watchdog", () => {
  const pairs = `<nvpair id="w" name="stonith-watchdog-timeout" value="14s"/><nvpair id="h" name="have-watchdog" value="true"/>`;
  const own = Cib.parse(
    `<cib><configuration><crm_config><cluster_property_set id="p">${pairs}</cluster_property_set></crm_config></configuration></cib>`,
  );
  expect(check({ steps: [], cib: own }).devices).toEqual(["watchdog"]);
  expect(() => check({ steps: [], cib: own, device: "a" })).toThrow();
});
