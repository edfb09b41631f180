import { describe, expect, test } from "bun:test";
import type { NodeFacts } from "../host/node-facts.ts";
import { corosyncConf } from "../pacemaker/corosync.ts";
import { checkNodes, clockSkew, planProblems } from "./cluster-check.ts";
import type { ClusterPlan } from "./cluster-plan.ts";

const plan: ClusterPlan = {
  name: "test",
  nodes: [1, 2].map((n) => ({ name: `node${n}`, addresses: [`10.0.0.${n}`] })),
  fencing: [
    { kind: "agent", agent: "fence_ipmilan", options: {}, hosts: [{ node: "node1" }, { node: "node2" }] },
  ],
  pingTargets: ["10.0.0.254"],
  expectedVms: 10,
};

const debianConf = `totem {
  cluster_name: debian
}
nodelist {
  node {
    ring0_addr: 127.0.0.1
    name: node1
  }
}
`;

const ownConf = corosyncConf({
  clusterName: "test",
  tokenMs: 3000,
  nodes: [1, 2].map((id) => ({ name: `node${id}`, id, addresses: [`10.0.0.${id}`] })),
});

function fact(name: string, changes: Partial<NodeFacts> = {}): NodeFacts {
  return {
    name,
    versions: {
      pacemaker: "3.0.0",
      corosync: "3.1.9",
      libvirt: "11.3.0",
      virsh: "11.3.0",
      qemu: "10.0.2",
      openssl: "3.5.1",
    },
    cibSecrets: true,
    peers: new Map(),
    addresses: ["127.0.0.1", `10.0.0.${name.slice(4)}`],
    clockOffsetMs: 0,
    clockErrorMs: 5,
    qemuGroup: undefined,
    active: new Set(),
    systemd: false,
    corosyncConf: undefined,
    authkey: undefined,
    hasAuthority: false,
    cib: undefined,
    hasAlertAgent: true,
    hasQdevice: true,
    ...changes,
  };
}

function check(one: Partial<NodeFacts> = {}, two: Partial<NodeFacts> = {}) {
  return checkNodes(
    plan,
    new Map([
      ["node1", fact("node1", one)],
      ["node2", fact("node2", two)],
    ]),
  );
}

describe("the plan", () => {
  test("a good one has no problems", () => expect(planProblems(plan)).toEqual([]));

  test.each([
    ["name", { name: "a b" }, "name 'a b'"],
    ["double node", { nodes: [plan.nodes[0], plan.nodes[0]] }, "node1 is there twice"],
    ["no address", { nodes: [{ name: "node1", addresses: [] }], fencing: [] }, "0 addresses"],
    ["bad address", { nodes: [{ name: "node1", addresses: ["x"] }], fencing: [] }, "'x' of node node1"],
    ["ping", { pingTargets: ["switch"] }, "'switch' is no IP"],
    ["fencing", { nodes: [plan.nodes[0]] }, "'node2', which is no node"],
  ])("%s", (_, change, words) => {
    expect(planProblems({ ...plan, ...change } as ClusterPlan).join("\n")).toContain(words);
  });
});

describe("the nodes", () => {
  test("free ones can become a cluster, those with Debian's empty one too", () => {
    const { problems, foreign, members } = check({}, { corosyncConf: debianConf });
    expect([problems, [...foreign], [...members]]).toEqual([[], [], []]);
  });

  test("members are known by the cluster's name", () => {
    const standing = check({ corosyncConf: ownConf, authkey: "a" }, { corosyncConf: ownConf, authkey: "a" });
    expect([...standing.members]).toEqual(["node1", "node2"]);
    expect(standing.problems).toEqual([]);
    expect(standing.before?.nodes.length).toBe(2);
  });

  test("another cluster's are refused", () => {
    const other = ownConf.replace("cluster_name: test", "cluster_name: other");
    expect([...check({ corosyncConf: other }).foreign]).toEqual([
      ["node1", "node1 belongs to the cluster other"],
    ]);
    expect(check({ corosyncConf: "x {" }).foreign.get("node1")).toContain("cannot be read");
    const cib =
      '<cib><configuration><resources><primitive id="a" class="ocf" provider="p" type="t"/></resources></configuration></cib>';
    expect(check({ cib }).foreign.get("node1")).toBe("node1 has a Pacemaker configuration with 1 resources");
  });

  test("a node that the plan has forgotten is not dropped", () => {
    const three = ownConf.replace("nodelist {", "nodelist {\n node {\n name: node9\n nodeid: 9\n }");
    expect(check({ corosyncConf: three }).problems).toEqual([
      "node9 belongs to the cluster and is missing in the plan",
    ]);
  });

  test("names, addresses, programs, versions, keys and clocks are checked", () => {
    expect(check({ name: "other" }).problems[0]).toContain("calls itself other");
    expect(check({ addresses: [] }).problems[0]).toBe("node1 does not have the address 10.0.0.1");
    expect(check({ peers: new Map([["node2", []]]) }).problems[0]).toContain(
      "finds no address for the name node2",
    );
    expect(check({ peers: new Map([["node2", ["10.0.0.9"]]]) }).problems[0]).toContain("finds 10.0.0.9");
    expect(check({ peers: new Map([["node2", ["10.0.0.9", "10.0.0.2"]]]) }).problems).toEqual([]);
    const versions = { ...fact("node1").versions, virsh: undefined, pacemaker: "1.1.24" };
    expect(check({ versions }).problems).toEqual([
      "node1 lacks virsh: apt-get install libvirt-clients",
      "node1 has pacemaker 1.1.24, expected 2.1.5 or later",
    ]);
    const keys = check({ corosyncConf: ownConf, authkey: "a" }, { corosyncConf: ownConf, authkey: "b" });
    expect(keys.problems[0]).toContain("different keys");
    expect(check({ clockOffsetMs: 60_000 }).problems[0]).toBe("The nodes' clocks differ by 60.0 s");
    expect(check({ clockOffsetMs: 2000 }).warnings[0]).toBe("The nodes' clocks differ by 2.0 s");
  });

  test("time that measuring took is no skew", () => {
    expect(
      clockSkew([
        { clockOffsetMs: 800, clockErrorMs: 500 },
        { clockOffsetMs: 0, clockErrorMs: 500 },
      ]),
    ).toBe(0);
  });
});
