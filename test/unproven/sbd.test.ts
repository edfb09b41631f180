import { beforeAll, expect, test } from "bun:test";
import { systemClock } from "../../src/base/clock.ts";
import { printError } from "../../src/base/errors.ts";
import { createLog } from "../../src/base/log.ts";
import type { StatusReport } from "../../src/contract/status-report.ts";
import { freeze, heal, killProcesses, partition } from "../../src/lab/faults.ts";
import { labClusterPlan } from "../../src/lab/lab-cluster.ts";
import { nodeProcess } from "../../src/lab/node-process.ts";
import { type ClusterInitResult, clusterInit } from "../../src/ops/cluster-init.ts";
import { guestBooted } from "../integration/harness/add-vm.ts";
import { expectOneWriter } from "../integration/harness/expect-one-writer.ts";
import { guestConsole } from "../integration/harness/guest-console.ts";
import { describeLab } from "../integration/harness/lab-missing.ts";
import { type TestLab, testLab } from "../integration/harness/test-lab.ts";
import { waitFor } from "../integration/harness/wait-for.ts";

const watchdogS = 5;
/** What set-up makes of that and of the lab's token (src/ops/sbd-times.ts). */
const deadAfterS = 14;
const msgwaitS = 10;
const device = "/dev/disk/by-id/haven-lab";

describeLab("a cluster that is fenced by watchdogs", () => {
  let lab: TestLab;

  beforeAll(async () => {
    lab = await testLab({ watchdog: watchdogS });
    await allOnline(lab);
    for (const vm of ["web1", "web2"]) await guestBooted(lab, vm);
  }, 600_000);

  test("has no device, and says that it is fenced all the same", async () => {
    const report: StatusReport = JSON.parse((await lab.tryHaven(["status", "--json"])).stdout);
    expect(report.problems).toEqual([]);
    expect(report.readiness?.nodes[0]?.reasons).toEqual([expect.objectContaining({ code: "not-tested" })]);
    expect(
      await lab.run("node1", ["crm_attribute", "--query", "--quiet", "--name", "stonith-watchdog-timeout"]),
    ).toBe(`${deadAfterS}s\n`);
  });

  test.each([
    ["hangs", "web1", async (node: string): Promise<void> => void (await freeze(lab.lab.find(node)))],
    [
      "is cut off",
      "web2",
      async (node: string): Promise<void> => void (await partition(lab.lab.state(), [node])),
    ],
  ] as const)(
    "a node that %s is reset before %s starts elsewhere",
    async (_what, vm, harm) => {
      await lab.pacemaker().clearFenceHistory();
      const before = await lives(lab, vm);
      const began = performance.now();
      await harm(before.node);
      const reset = await waitFor(`${before.node} to be reset`, 40_000, () => hasNewLife(lab, before), 50);
      const started = await startedElsewhere(lab, vm, before.node);
      // Seconds from the harm: the node was dead when its VM was started, and the time was waited for.
      expect((reset - began) / 1000).toBeLessThan(deadAfterS);
      expect((started - began) / 1000).toBeGreaterThan(deadAfterS);
      await guestBooted(lab, vm, before.boots);
      expectOneWriter(lab);
      await heal(lab.lab.state());
      await allOnline(lab);
      expectOneWriter(lab);
      // Back in the cluster after one reset, and shot once.
      const { fenceHistory } = await lab.status(lab.names.find((name) => name !== before.node));
      expect(fenceHistory.map(({ target, status }) => [target, status])).toEqual([[before.node, "success"]]);
    },
    200_000,
  );

  test("a disk with data on it is never written to, and SBD is not changed while it runs", async () => {
    const data = ["dd", "if=/etc/services", `of=${device}`, "bs=4096", "count=1", "oflag=direct"];
    await lab.run("node1", data);
    const refused = await init(lab, [device]).then(() => "", printError);
    expect(refused).toMatch(/never overwritten/);
    expect(refused).toMatch(/SBD runs on node1 with other settings/);
    expect(await lab.run("node2", ["head", "-c", "9", device])).toBe("# Network");
    await lab.run("node1", ["dd", "if=/dev/zero", `of=${device}`, "bs=4096", "count=1", "oflag=direct"]);
  });

  test("with a shared disk a node that the others do not hear is told to reset itself, and its VM starts again after that", async () => {
    const vm = "web1";
    const had = guestConsole(lab, vm).boots.length;
    await Promise.all(
      lab.names.map((name) => lab.run(name, ["systemctl", "stop", "pacemaker"], { timeoutMs: 120_000 })),
    );
    await Promise.all(lab.names.map((name) => lab.run(name, ["systemctl", "stop", "corosync"])));
    const done = await init(lab, [device]);
    expect(done.changed.node1).toContain(device);
    expect((await init(lab, [device])).changed).toEqual({});
    await allOnline(lab);
    const properties = await lab.run("node1", ["crm", "configure", "show", "type:property"]);
    expect(properties).not.toContain("stonith-watchdog-timeout");
    await guestBooted(lab, vm, had);
    const before = await lives(lab, vm);
    // The node lives, with its VM, and no other one hears it: only the disk can tell it to die.
    const began = performance.now();
    killProcesses(lab.lab.find(before.node), "corosync");
    const reset = await waitFor(`${before.node} to be reset`, 20_000, () => hasNewLife(lab, before), 50);
    // The node boots within the time that the message may take. Pacemaker then waits until it has joined, and may start
    // the VM there.
    await guestBooted(lab, vm, before.boots);
    const started = performance.now();
    expect((reset - began) / 1000).toBeLessThan(msgwaitS);
    expect((started - began) / 1000).toBeGreaterThan(msgwaitS);
    const { fenceHistory } = await lab.status(lab.names.find((name) => name !== before.node));
    expect(fenceHistory.map(({ target, status }) => [target, status])).toEqual([[before.node, "success"]]);
    expectOneWriter(lab);
  }, 240_000);
});

interface Lives {
  readonly node: string;
  readonly started: string | undefined;
  readonly boots: number;
}

/** Where a VM runs, and which life of that node and of the guest it is. */
async function lives(lab: TestLab, vm: string): Promise<Lives> {
  const node = await waitFor(`${vm} to run`, 30_000, () => lab.whereIs(vm));
  const { started } = nodeProcess(lab.lab.find(node)) ?? {};
  return { node, started, boots: guestConsole(lab, vm).boots.length };
}

/** When it was seen that a node has died and booted since. */
function hasNewLife(lab: TestLab, { node, started }: Lives): number | undefined {
  const now = nodeProcess(lab.lab.find(node))?.started;
  return now !== undefined && now !== started ? performance.now() : undefined;
}

/** When a VM was first seen to run on another node. */
async function startedElsewhere(lab: TestLab, vm: string, from: string): Promise<number> {
  const others = lab.names.filter((name) => name !== from);
  const runs = async (): Promise<number | undefined> => {
    for (const name of others) {
      const { code } = await lab.node(name).exec(["pgrep", "-f", `guest=${vm},`]);
      if (code === 0) return performance.now();
    }
    return undefined;
  };
  return await waitFor(`${vm} to run elsewhere than on ${from}`, 90_000, runs, 100);
}

async function allOnline(lab: TestLab): Promise<void> {
  await waitFor("all nodes to be online", 120_000, async () => {
    const { nodes } = await lab.status();
    return nodes.every((node) => node.online && !node.pending && !node.unclean);
  });
}

/** Set-up as `lab up` does it, with these devices. */
async function init(lab: TestLab, devices: readonly string[]): Promise<ClusterInitResult> {
  const plan = labClusterPlan(lab.lab.state());
  const sbd = { watchdog: "/dev/watchdog", timeoutS: watchdogS, devices };
  const environment = {
    clock: systemClock,
    log: createLog(() => undefined, "warn"),
    signal: new AbortController().signal,
    progress: () => undefined,
  };
  return await clusterInit(
    { ...plan, sbd },
    lab.names.map((name) => lab.node(name)),
    environment,
  );
}
