import { beforeAll, expect, test } from "bun:test";
import { heal, partition } from "../../src/lab/faults.ts";
import { nodeProcess } from "../../src/lab/node-process.ts";
import { addVm, guestBooted, removeVms } from "./harness/add-vm.ts";
import { clusterQuiet } from "./harness/cluster-quiet.ts";
import { expectOneWriter } from "./harness/expect-one-writer.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { scaled } from "./harness/scale.ts";
import { type TestLab, testLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

/** Worth more than all others together, of which there are more. */
const heavy = "heavy";
/** A guest, and two VMs with nothing to boot: they weigh as much, and cost a small machine nothing. */
const others = ["light", "idle1", "idle2"];
const rounds = Array.from({ length: scaled(3, 20) }, (_, index) => index + 1);

// Longer than the survivor's delay (15 s), the loser's (15 and 5 s) and a shot: who wanted to shoot has done it.
const quietS = 40;

describeLab("a cluster of two nodes", () => {
  let lab: TestLab;

  beforeAll(async () => {
    lab = await testLab({ nodes: 2 });
    await clusterQuiet(lab);
    await removeVms(lab, "web1", "web2");
    await addVm(lab, { name: heavy, spec: { priority: 10 }, on: "node1", wait: "started" });
    for (const name of others) {
      const spec = name === "light" ? {} : { boot: undefined };
      await addVm(lab, { name, spec, on: "node2", wait: "started" });
    }
    await guestBooted(lab, heavy);
    await guestBooted(lab, "light");
  }, 400_000);

  test("waits for its other half before it does anything", async () => {
    const text = await lab.run("node1", ["corosync-quorumtool", "-s"]).catch((error) => String(error));
    expect(text).toMatch(/Flags:.*2Node.*WaitForAll/);
  });

  test.each(rounds)(
    "cut down the middle, %d: the side with the higher priorities wins, and nobody is shot twice",
    async (round) => {
      // The first node has five seconds' grace in all rounds; the heavy VM is now there, now on the other.
      const [winner, loser] = round % 2 === 1 ? ["node1", "node2"] : ["node2", "node1"];
      await healed(lab, winner);
      await place(lab, winner, loser);
      await lab.pacemaker().clearFenceHistory();
      const lives = { winner: lifeOf(lab, winner), loser: lifeOf(lab, loser) };
      const boots = { heavy: bootsOf(lab, heavy), light: bootsOf(lab, "light") };
      const { seq = 0 } = guestConsole(lab, heavy).last ?? {};

      const cut = performance.now();
      await partition(lab.lab.state(), ["node1"], { from: ["node2"] });
      for (const name of others) {
        await waitFor(`${name} to run on ${winner}`, 90_000, () => isStarted(lab, name, winner));
      }
      await guestBooted(lab, "light", boots.light);
      await waitFor(`${loser} to be back`, 60_000, () => lab.lab.isOn(loser));
      const second = lifeOf(lab, loser);
      expect(second).not.toBe(lives.loser);

      // It hears nobody: it neither shoots nor starts anything, however long that lasts.
      await Bun.sleep(Math.max(0, quietS * 1000 - (performance.now() - cut)));
      expect(await lab.node(loser).exec(["corosync-quorumtool", "-s"])).toMatchObject({
        stdout: expect.stringMatching(/Quorate:\s+No/),
      });
      expect((await lab.node(loser).exec(["pgrep", "-f", "qemu-system"])).code).toBe(1);
      expect([lifeOf(lab, winner), lifeOf(lab, loser)]).toEqual([lives.winner, second]);
      expectOneWriter(lab);

      await healed(lab, winner);
      const { fenceHistory } = await lab.status(winner);
      expect(fenceHistory.map(({ target, status }) => [target, status])).toEqual([[loser, "success"]]);
      expect([lifeOf(lab, winner), lifeOf(lab, loser)]).toEqual([lives.winner, second]);
      // The winner's VM was not touched.
      expect([bootsOf(lab, heavy), await lab.whereIs(heavy)]).toEqual([boots.heavy, winner]);
      expect(guestConsole(lab, heavy).last?.seq ?? 0).toBeGreaterThan(seq + 10);
      expect(bootsOf(lab, "light")).toBe(boots.light + 1);
      expectOneWriter(lab);
    },
    400_000,
  );
});

/** When a node's process 1 was started: tells one life from the next. */
function lifeOf(lab: TestLab, node: string): unknown {
  return nodeProcess(lab.lab.find(node))?.started;
}

function bootsOf(lab: TestLab, vm: string): number {
  return guestConsole(lab, vm).boots.length;
}

/** Moves the heavy VM to one node and all others to the other one. */
async function place(lab: TestLab, one: string, other: string): Promise<void> {
  for (const [to, names] of [
    [one, [heavy]],
    [other, others],
  ] as const) {
    const where = await Promise.all(names.map((name) => lab.whereIs(name)));
    const away = names.filter((_, index) => where[index] !== to);
    if (away.length > 0) await lab.haven(["vm", "move", "--yes", ...away, "--to", to]);
    for (const name of away) {
      await waitFor(`${name} to run on ${to}`, 60_000, async () => (await lab.whereIs(name)) === to);
    }
  }
}

/** Whether a node says that a VM is started on it, and on no other one. */
async function isStarted(lab: TestLab, name: string, on: string): Promise<boolean> {
  const { resources } = await lab.status(on);
  const vm = resources.find(({ id }) => id === `vm-${name}`);
  return vm?.role === "Started" && vm.pending === undefined && vm.nodes.length === 1 && vm.nodes[0] === on;
}

/** The two hear each other again, and both are in the cluster. */
async function healed(lab: TestLab, on: string): Promise<void> {
  await heal(lab.lab.state());
  await waitFor("both nodes to be online", 90_000, async () =>
    (await lab.status(on)).nodes.every((node) => node.online && !node.pending && !node.unclean),
  );
}
