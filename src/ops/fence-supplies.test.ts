import { expect, test } from "bun:test";
import { fenceKinds } from "../contract/fence-kinds.ts";
import type { FenceDevice } from "./fence-devices.ts";
import { buildFenceResources, FenceIds } from "./fence-resource.ts";
import { supplyProblems } from "./fence-supplies.ts";

/** Those whose code keeps the first outlet in mind, one that does not, and one that nobody has looked at. */
const agents = [
  ...["fence_apc_snmp", "fence_tripplite_snmp", "fence_eaton_snmp", "fence_ipdu", "fence_lindypdu"],
  ...["fence_ibmblade", "fence_of_tomorrow"],
  ...fenceKinds.map(({ agent }) => agent).filter((agent) => agent !== "fence_haven_chassis"),
];

function device(agent: string, more: Partial<FenceDevice>): FenceDevice {
  return {
    id: "pdu",
    agent,
    hosts: undefined,
    parameters: new Map(),
    hidden: [],
    open: [],
    notOn: [],
    ...more,
  };
}

/** A device with both outlets of node1, in each way that Pacemaker takes. */
const ways: readonly (readonly [string, Partial<FenceDevice>])[] = [
  ["in its map", { hosts: [{ node: "node1", plugs: ["1", "9"] }] }],
  [
    "as its plug, which goes before its map",
    { hosts: [{ node: "node1", plugs: ["1"] }], parameters: new Map([["plug", "1,9"]]) },
  ],
  ["as its plug, without a list of nodes", { parameters: new Map([["plug", "1,9"]]) }],
  ["as its port", { parameters: new Map([["port", "1,9"]]) }],
];

test.each(ways)("an agent with several outlets of a node is said to switch the first: %s", (_, more) => {
  for (const agent of agents) {
    expect(supplyProblems([device(agent, more)], "node1", [])).toEqual([
      `pdu names 2 outlets of node1 (1, 9), of which ${agent} may switch only the first`,
    ]);
  }
  expect(supplyProblems([device("fence_haven_chassis", more)], "node1", [])).toEqual([]);
});

test("another node's outlets are no problem of this one's", () => {
  const other = { hosts: [{ node: "node2", plugs: ["1", "9"] }] };
  expect(supplyProblems([device("fence_apc_snmp", other)], "node1", [])).toEqual([]);
});

test("no agent but Haven's own is given more than one outlet", () => {
  for (const agent of [...agents, "fence_haven_chassis"]) {
    for (const single of [true, false]) {
      const hosts = [
        { node: "node1", plugs: ["1", "9", "17"] },
        { node: "node2", plugs: ["2"] },
      ];
      const shape = { agent, hosts, single, parameters: {}, secrets: {}, offSeconds: 60, nodes: [] };
      const made = buildFenceResources(shape, new FenceIds()).flatMap((one) => one.hosts);
      const most = Math.max(...made.map(({ plugs }) => plugs.length));
      expect([agent, most]).toEqual([agent, agent === "fence_haven_chassis" ? 3 : 1]);
      const all = made.filter(({ node }) => node === "node1").flatMap(({ plugs }) => plugs);
      expect(all).toEqual(["1", "9", "17"]);
    }
  }
});
