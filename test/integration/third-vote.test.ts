import { beforeAll, expect, test } from "bun:test";
import { systemClock } from "../../src/base/clock.ts";
import { createLog } from "../../src/base/log.ts";
import { heal, partition } from "../../src/lab/faults.ts";
import { labClusterPlan } from "../../src/lab/lab-cluster.ts";
import { nodeProcess } from "../../src/lab/node-process.ts";
import { clusterInit } from "../../src/ops/cluster-init.ts";
import type { ClusterPlan } from "../../src/ops/cluster-plan.ts";
import { clusterReport } from "../../src/ops/status.ts";
import { parseQuorum, type QuorumStatus } from "../../src/pacemaker/quorum.ts";
import { addVm, removeVms } from "./harness/add-vm.ts";
import { clusterQuiet } from "./harness/cluster-quiet.ts";
import { expectOneWriter } from "./harness/expect-one-writer.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { type TestLab, testLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

/** A guest that writes to its disk, and a VM with nothing to boot, which costs a small machine nothing. */
const vms = ["guest", "idle"];

describeLab("two nodes and a third vote", () => {
  let lab: TestLab;

  beforeAll(async () => {
    lab = await testLab({ nodes: 2, witness: true });
    await clusterQuiet(lab);
    await removeVms(lab, "web1", "web2");
    await addVm(lab, { name: "guest", on: "node1", wait: "started" });
    await addVm(lab, { name: "idle", spec: { boot: undefined }, on: "node2", wait: "started" });
  }, 200_000);

  test("are set up with three votes, and set-up repeated changes nothing", async () => {
    for (const node of lab.names) {
      expect(await votes(lab, node)).toMatchObject({ quorate: true, expectedVotes: 3, totalVotes: 3 });
    }
    const tool = await lab.run("node2", ["corosync-qdevice-tool", "-sv"]);
    expect(tool).toMatch(/TLS active:\s+Yes \(client certificate sent\)/);
    expect(await init(lab)).toMatchObject({ changed: {}, configuration: "unchanged" });
    expect(await report(lab)).toMatchObject({
      votes: { total: 3, expected: 3, needed: 2, device: 1 },
      problems: [],
    });
    const findings: unknown = JSON.parse(await lab.haven(["cluster", "verify", "--json"]));
    expect(findings).toEqual([]);
  }, 60_000);

  test("stay quorate without the witness, and have its vote back when it is", async () => {
    await lab.lab.powerOff("witness");
    for (const node of lab.names) {
      await waitFor(
        `${node} to miss the vote`,
        30_000,
        async () => (await votes(lab, node))?.totalVotes === 2,
      );
      expect(await votes(lab, node)).toMatchObject({ quorate: true, device: { votes: 0 } });
    }
    expect((await lab.status()).quorum).toBe(true);
    const missing = { votes: { total: 2, device: 0 }, problems: ["quorum.device"] };
    expect(await report(lab)).toMatchObject({ ...missing, reasons: expect.arrayContaining(["votes"]) });
    // By way of the daemon, which no change of the cluster tells of it.
    await waitFor("haven status to say it", 15_000, async () => {
      const { stdout } = await lab.tryHaven(["status"]);
      return (
        stdout.includes("quorum (2 of 3 votes)") &&
        stdout.includes("The vote of the quorum device is missing")
      );
    });
    const refused = await lab.tryHaven([
      "fence",
      "test",
      "node2",
      "--power",
      "--yes",
      "--confirm-node",
      "node2",
    ]);
    expect([refused.code, refused.stderr]).toEqual([
      4,
      expect.stringContaining("Without node2 the others are no majority"),
    ]);
    await lab.lab.powerOn("witness");
    for (const node of lab.names) await waitFor(`the vote on ${node}`, 30_000, () => hasAll(lab, node));
    for (const name of vms) expect(await lab.whereIs(name)).toBeString();
  }, 90_000);

  test("one that dies without a word: the other one keeps quorum, and its VMs come back", async () => {
    const [dead, other] = ["node1", "node2"];
    expect(await lab.whereIs("guest")).toBe(dead);
    // Cut off first: what the end of its processes would still send does not arrive.
    await partition(lab.lab.state(), [dead]);
    await lab.lab.powerOff(dead);
    const died = performance.now();
    for (const name of vms) await startedOn(lab, name, other, 60_000);
    console.error(
      `  VMs are back ${((performance.now() - died) / 1000).toFixed(1)} s after their node's death`,
    );
    expect(await votes(lab, other)).toMatchObject({ quorate: true, totalVotes: 2, device: { votes: 1 } });
    expectOneWriter(lab);
    await healed(lab, other);
  }, 150_000);

  test("that are cut from each other and both see the witness: exactly one goes on, and has all VMs", async () => {
    await lab.haven(["vm", "move", "--yes", "guest", "--to", "node1"]);
    await startedOn(lab, "guest", "node1", 60_000);
    await lab.pacemaker().clearFenceHistory();
    const lives = new Map(lab.names.map((name) => [name, lifeOf(lab, name)]));
    const cut = performance.now();
    await partition(lab.lab.state(), ["node1"], { from: ["node2"] });
    const loser = await waitFor("one to be shot", 60_000, async () =>
      lab.names.find((name) => lifeOf(lab, name) !== lives.get(name)),
    );
    const winner = loser === "node1" ? "node2" : "node1";
    for (const name of vms) await startedOn(lab, name, winner, 60_000);
    console.error(`  ${winner} has all VMs ${((performance.now() - cut) / 1000).toFixed(1)} s after the cut`);
    await waitFor(`${loser} to be back`, 60_000, () => lab.lab.isOn(loser));
    const second = lifeOf(lab, loser);
    // It hears nobody but the witness, which has given its vote away.
    await waitFor(`corosync on ${loser}`, 60_000, async () => (await votes(lab, loser)) !== undefined);
    await Bun.sleep(10_000);
    expect(await votes(lab, loser)).toMatchObject({ quorate: false, totalVotes: 1 });
    expect((await lab.node(loser).exec(["pgrep", "-f", "qemu-system"])).code).toBe(1);
    expect([lifeOf(lab, winner), lifeOf(lab, loser)]).toEqual([lives.get(winner), second]);
    const { fenceHistory } = await lab.status(winner);
    expect(fenceHistory.map(({ target, status }) => [target, status])).toEqual([[loser, "success"]]);
    expectOneWriter(lab);
    await healed(lab, winner);
    expectOneWriter(lab);
  }, 200_000);

  test("are two alone again when the plan says so, and have the third vote again", async () => {
    const { quorumDevice: _, ...alone } = labClusterPlan(lab.lab.state());
    expect((await init(lab, alone)).changed).toMatchObject({
      node1: expect.arrayContaining(["corosync-qdevice off"]),
    });
    for (const node of lab.names) {
      const now = await votes(lab, node);
      expect(now).toMatchObject({ quorate: true, twoNode: true, expectedVotes: 2, totalVotes: 2 });
      expect(now).not.toHaveProperty("device");
    }
    expect(await init(lab, alone)).toMatchObject({ changed: {}, configuration: "unchanged" });
    await init(lab);
    for (const node of lab.names) {
      expect(await votes(lab, node)).toMatchObject({ twoNode: false, expectedVotes: 3, totalVotes: 3 });
    }
    for (const name of vms) expect(await lab.whereIs(name)).toBeString();
  }, 90_000);
});

async function init(lab: TestLab, plan: ClusterPlan = labClusterPlan(lab.lab.state())) {
  const nodes = lab.names.map((name) => lab.node(name));
  const environment = {
    clock: systemClock,
    log: createLog(() => undefined, "warn"),
    signal: new AbortController().signal,
    progress: () => undefined,
  };
  return await clusterInit(plan, nodes, environment, { quorumServer: lab.node("witness") });
}

/** What `haven status` says of votes. */
async function report(lab: TestLab) {
  // The daemon's answer may be as old as the last change of the cluster.
  const { cluster, problems, readiness } = await clusterReport({
    pacemaker: lab.pacemaker(),
    signal: new AbortController().signal,
  });
  const reasons = readiness?.nodes.flatMap((node) => node.reasons.map(({ code }) => code));
  return { votes: cluster.votes, problems: problems.map(({ code }) => code), reasons };
}

async function votes(lab: TestLab, node: string): Promise<QuorumStatus | undefined> {
  return parseQuorum((await lab.node(node).exec(["corosync-quorumtool", "-s"])).stdout);
}

async function hasAll(lab: TestLab, node: string): Promise<boolean> {
  return (await votes(lab, node))?.totalVotes === 3;
}

async function startedOn(lab: TestLab, name: string, on: string, limitMs: number): Promise<void> {
  await waitFor(`${name} to run on ${on}`, limitMs, async () => {
    const { resources } = await lab.status(on);
    const vm = resources.find(({ id }) => id === `vm-${name}`);
    return vm?.role === "Started" && vm.pending === undefined && vm.nodes.length === 1 && vm.nodes[0] === on;
  });
}

/** When a node's process 1 was started: tells one life from the next. */
function lifeOf(lab: TestLab, node: string): unknown {
  return nodeProcess(lab.lab.find(node))?.started;
}

/** All hear each other again, both nodes are in the cluster, and all votes are there. */
async function healed(lab: TestLab, on: string): Promise<void> {
  await heal(lab.lab.state());
  await waitFor("both nodes to be online", 90_000, async () =>
    (await lab.status(on)).nodes.every((node) => node.online && !node.pending && !node.unclean),
  );
  for (const node of lab.names) await waitFor(`the vote on ${node}`, 30_000, () => hasAll(lab, node));
}
