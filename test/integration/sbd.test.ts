import { beforeAll, expect, test } from "bun:test";
import { systemClock } from "../../src/base/clock.ts";
import { printError } from "../../src/base/errors.ts";
import { createLog } from "../../src/base/log.ts";
import type { StatusReport } from "../../src/contract/status-report.ts";
import { faultDevice, freeze, heal, killProcesses, partition } from "../../src/lab/faults.ts";
import { labBmcs } from "../../src/lab/lab-bmc.ts";
import { labClusterPlan } from "../../src/lab/lab-cluster.ts";
import { nodeProcess } from "../../src/lab/node-process.ts";
import { type ClusterInitResult, clusterInit } from "../../src/ops/cluster-init.ts";
import type { FenceList } from "../../src/ops/fence-list.ts";
import { guestBooted } from "./harness/add-vm.ts";
import { expectOneWriter } from "./harness/expect-one-writer.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { type TestLab, testLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const watchdogS = 5;
/** What set-up makes of that and of the lab's token (src/ops/sbd-times.ts). */
const deadAfterS = 15;
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

  test("a node that is cut off is reset before its VM starts elsewhere", async () => {
    await survived(lab, "web2", async (node) => void (await partition(lab.lab.state(), [node])));
  }, 300_000);

  test("a node that hangs, and whose management controller is silent: its watchdog is the next level", async () => {
    const { node } = await lives(lab, "web1");
    const bmc = labBmcs(lab.lab.state()).find((one) => one.node.name === node);
    if (bmc === undefined) throw new Error("The lab has no management controllers");
    const [on = ""] = lab.names.filter((name) => name !== node);
    await lab.node(on).writeFile("/root/bmc", `${bmc.password}\n`, { mode: 0o600 });
    const limits = ["reboot", "off"].flatMap((what) => [
      `pcmk_${what}_timeout=20s`,
      `pcmk_${what}_retries=1`,
    ]);
    const values = [`ip=${bmc.address}`, "username=haven", "cipher=3", ...limits];
    const sets = values.flatMap((value) => ["--set", value]);
    const secret = ["--secret-file", "password=/root/bmc"];
    await lab.haven(["fence", "add", "ipmi", "--yes", "--for", node, ...sets, ...secret], { on });
    const some = await lab.tryHaven(["fence", "add", "watchdog", "--yes", "--for", node], { on });
    expect([some.code, some.stderr]).toEqual([2, expect.stringContaining("name all of them, --for")]);
    const all = lab.names.flatMap((name) => ["--for", name]);
    await lab.haven(["fence", "add", "watchdog", "--yes", ...all], { on });
    const devices = await waitFor("the devices to work", 60_000, async () => {
      const list: FenceList = JSON.parse(await lab.haven(["fence", "list", "--json"], { on }));
      const levels = list.nodes.find((one) => one.node === node)?.levels.map((level) => level.devices);
      expect(levels).toEqual([[`fence-${node}`], ["watchdog"]]);
      return list.devices.every(({ state }) => state === "working") ? list.devices : undefined;
    });
    expect(devices).toHaveLength(2);
    await survived(lab, "web1", async (name) => {
      await faultDevice(lab.lab.state(), bmc.name, { mode: "silent" });
      await freeze(lab.lab.find(name));
    });
    // Only where the controller had failed was the watchdog waited for.
    const logs = await Promise.all(
      lab.names.map((name) => lab.run(name, ["cat", "/var/log/pacemaker/pacemaker.log"])),
    );
    expect(logs.join("\n")).toMatch(new RegExp(`${node} to self-fence`));
    expect(logs.join("\n")).toMatch(
      new RegExp(`targeting ${node} using fence-${node}.*(error|timed out|timeout)`, "i"),
    );
    await lab.haven(["fence", "remove", "--yes", "watchdog", `fence-${node}`], { on });
  }, 400_000);

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
    // In this order: none had to find a slot of its own when all began at once.
    const slots = await lab.run("node1", ["sbd", "-d", device, "list"]);
    expect(slots.split("\n").flatMap((line) => line.split("\t")[1] ?? [])).toEqual([...lab.names]);
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
  }, 500_000);
});

/** A node is harmed so that nobody can shoot it: it resets itself, its VM starts elsewhere after that, and it comes back. */
async function survived(lab: TestLab, vm: string, harm: (node: string) => Promise<void>): Promise<void> {
  await lab.pacemaker().clearFenceHistory();
  const before = await lives(lab, vm);
  try {
    const began = performance.now();
    await harm(before.node);
    // Seen when it boots, some time after it has died.
    const reset = await waitFor(`${before.node} to be reset`, 60_000, () => hasNewLife(lab, before), 50);
    const started = await startedElsewhere(lab, vm, before.node);
    expect(reset).toBeLessThan(started);
    // Seconds from the harm: the time was waited for.
    expect((started - began) / 1000).toBeGreaterThan(deadAfterS);
    await guestBooted(lab, vm, before.boots);
    expectOneWriter(lab);
    await heal(lab.lab.state());
    await allOnline(lab);
    expectOneWriter(lab);
    // Back in the cluster, shot once, and dead when the others held it for dead: all have this machine's clock.
    const { fenceHistory } = await lab.status(lab.names.find((name) => name !== before.node));
    expect(fenceHistory.map(({ target, status }) => [target, status])).toEqual([[before.node, "success"]]);
    const dead = (fenceHistory[0]?.completed ?? "").replace(/ (?=\d)/, "T").replace(" ", "");
    expect(performance.timeOrigin + reset).toBeLessThan(Date.parse(dead));
  } finally {
    await heal(lab.lab.state());
  }
}

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
