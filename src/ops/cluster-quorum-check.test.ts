import { expect, test } from "bun:test";
import type { NodeAccess } from "../host/node-access.ts";
import type { NodeFacts } from "../host/node-facts.ts";
import type { QuorumServerFacts } from "../host/quorum-server.ts";
import type { SetupNode } from "./cluster-node-setup.ts";
import type { ClusterPlan } from "./cluster-plan.ts";
import { checkQuorumServer, reachProblems, serverProblems } from "./cluster-quorum-check.ts";

const plan: ClusterPlan = {
  name: "test",
  nodes: [1, 2].map((n) => ({ name: `node${n}`, addresses: [`10.0.0.${n}`] })),
  fencing: [],
  quorumDevice: { host: "10.0.0.9" },
  pingTargets: [],
  expectedVms: 10,
};

const facts: QuorumServerFacts = {
  name: "witness",
  addresses: ["10.0.0.9"],
  hasQnetd: true,
  isActive: true,
  clockOffsetMs: 0,
  clockErrorMs: 1,
};

/** A machine that answers each program with the same. */
function machine(name: string, answer: { code?: number; stdout?: string; stderr?: string }): NodeAccess {
  const exec = async () => ({ code: 0, signal: null, stdout: "", stderr: "", ...answer });
  return { name, exec } as unknown as NodeAccess;
}

function node(name: string, answer: { code?: number; stderr?: string }, hasQdevice = true): SetupNode {
  const known = { hasQdevice, clockOffsetMs: 0, clockErrorMs: 1 } as NodeFacts;
  return { plan: { name, addresses: [] }, access: machine(name, answer), facts: known, changed: [] };
}

test("the server is no node, under any name, and has the package", () => {
  expect(serverProblems(plan, facts)).toEqual([]);
  expect(serverProblems(plan, { ...facts, name: "node1" })[0]).toContain("runs on node1");
  expect(serverProblems(plan, { ...facts, addresses: ["10.0.0.9", "10.0.0.2"] })[0]).toContain(
    "runs on node2",
  );
  expect(serverProblems(plan, { ...facts, hasQnetd: false })).toEqual([
    "witness lacks corosync-qnetd: apt-get install corosync-qnetd",
  ]);
});

test("a port that refuses is right only before the server runs", async () => {
  const refused = { code: 1, stderr: "bash: connect: Connection refused" };
  const nodes = [node("node1", {}), node("node2", refused)];
  expect(await reachProblems(plan, nodes, true)).toEqual([]);
  expect(await reachProblems(plan, nodes, false)).toEqual([
    "node2 does not reach corosync-qnetd on 10.0.0.9, TCP port 5403: the connection is refused",
  ]);
  expect((await reachProblems(plan, [node("node1", { code: 124 })], true))[0]).toContain("no answer within");
});

test("packages of nodes and clocks are looked at too", async () => {
  // It prints the same for everything: a name, no addresses, and a time long ago.
  const server = machine("witness", { stdout: "1000" });
  const found = await checkQuorumServer(plan, [node("node1", {}, false), node("node2", {})], server);
  expect(found.problems).toEqual([
    "node1 lacks corosync-qdevice: apt-get install corosync-qdevice",
    expect.stringMatching(/^The clocks of 1000 and the nodes differ by \d+/),
  ]);
  const without = { ...plan, quorumDevice: undefined } as unknown as ClusterPlan;
  expect(await checkQuorumServer(without, [], undefined)).toEqual({ server: undefined, problems: [] });
  await expect(checkQuorumServer(plan, [], undefined)).rejects.toMatchObject({ code: "cluster.unreachable" });
});
