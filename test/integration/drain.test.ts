import { afterAll, beforeAll, expect, test } from "bun:test";
import type { DrainPlan } from "../../src/contract/plan-report.ts";
import { Cib } from "../../src/pacemaker/cib.ts";
import { drainAttribute } from "../../src/vm/drain-record.ts";
import { addVm, guestBooted, removeVms } from "./harness/add-vm.ts";
import { clusterQuiet } from "./harness/cluster-quiet.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import { expectUnharmed } from "./harness/slow-migration.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { epochOf } from "./harness/vm-words.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;

/** node1 is drained; what is called on it is called from there, what must not be from node2. */
const [home, second, third] = ["node1", "node2", "node3"] as const;

describeLab("a node is drained, and what it had comes back", () => {
  let lab: TestLab;
  beforeAll(async () => {
    lab = await quietLab();
    const wait = "started";
    await addVm(lab, { name: "left", on: home, wait });
    // Slow enough to be interrupted.
    await addVm(lab, { name: "slow", on: home, wait, spec: { migration: { bandwidth: 10 } } });
    await addVm(lab, { name: "bound", wait, spec: { placement: { "only-on": home } } });
    await guestBooted(lab, "left");
    await guestBooted(lab, "slow");
  }, 10 * minute);
  afterAll(async () => {
    await clusterQuiet(lab);
    await removeVms(lab, "left", "slow", "bound", "late");
  }, 5 * minute);

  const attributesOf = async (node: string): Promise<ReadonlyMap<string, string>> =>
    Cib.parse(await lab.pacemaker(second).queryCib()).node(node)?.attributes ?? new Map();
  const bootsOf = (vm: string): number => guestConsole(lab, vm).boots.length;
  const unharmed = (vm: string, node: string) => expectUnharmed(lab, vm, { node, boots: 1, withinS: 60 });

  test(
    "what is impossible is refused with what stands in the way, and changes nothing",
    async () => {
      const before = await epochOf(lab);
      const { code, stderr } = await lab.tryHaven(["node", "drain", home, "--yes"]);
      expect(code).toBe(4);
      expect(stderr).toContain(
        `${home} cannot be drained as things are:\n  - bound: ${second}: the constraint `,
      );
      expect(stderr).not.toContain("left");
      expect(await epochOf(lab)).toBe(before);
      await removeVms(lab, "bound");
      // What QEMU counts of a guest that has never migrated.
      const plan = JSON.parse(await lab.haven(["plan", "drain", home, "--json"])) as DrainPlan;
      const left = plan.waves.flat().find(({ name }) => name === "left");
      expect([left?.basis, typeof left?.dirtyRate]).toEqual([expect.stringMatching(/size|others/), "number"]);
    },
    3 * minute,
  );

  test(
    "killed in the middle it goes on, and what it moved is taken back from another node",
    async () => {
      const drain = lab.node(home).exec(["haven", "node", "drain", home, "--yes"], { timeoutMs: 5 * minute });
      const told = (await waitFor("the drain to be written", minute, async () =>
        (await attributesOf(home)).get(drainAttribute),
      )) as string;
      expect(told).toMatch(/^\S+Z( node[23]=[a-z0-9,]+)+$/);
      for (const vm of ["left", "slow"]) expect(told).toMatch(new RegExp(`[=,]${vm}\\b`));
      await lab.run(home, ["pkill", "-KILL", "-f", "^haven node drain"]);
      expect((await drain).code).not.toBe(0);
      expect((await attributesOf(home)).get("standby")).toBe("on");
      const back = await lab.haven(["node", "resume", home, "--yes"], { on: second });
      expect(back).toMatch(/^Out of standby: node1\nBack after .*: .*\n/);
      for (const vm of ["left", "slow"]) {
        expect(await lab.whereIs(vm)).toBe(home);
        await unharmed(vm, home);
      }
      expect((await attributesOf(home)).get(drainAttribute)).toBeUndefined();
      expect((await attributesOf(home)).get("standby")).toBeUndefined();
    },
    6 * minute,
  );

  test(
    "what was moved by hand and what was made meanwhile stays",
    async () => {
      const said = await lab.haven(["node", "drain", home, "--yes"]);
      expect(said).toMatch(
        /^Empty, and in standby, after .*: node1\nTo bring its VMs back: haven node resume node1\n$/,
      );
      const place = await lab.whereIs("left");
      const elsewhere = place === second ? third : second;
      await lab.haven(["vm", "move", "left", "--to", elsewhere]);
      const late = await addVm(lab, { name: "late", wait: "started" });
      const { stdout } = await lab.tryHaven(["node", "resume", home, "--yes", "--json"]);
      expect(JSON.parse(stdout)).toMatchObject({
        ...{ committed: true, left: [] },
        stays: [
          { name: "left", home, why: expect.stringContaining(`runs on ${elsewhere}, not on ${place}`) },
        ],
      });
      expect([await lab.whereIs("left"), await lab.whereIs("late")]).toEqual([elsewhere, late]);
      await unharmed("slow", home);
      expect(["left", "slow"].map(bootsOf)).toEqual([1, 1]);
      expect((await attributesOf(home)).get(drainAttribute)).toBeUndefined();
    },
    6 * minute,
  );
});
