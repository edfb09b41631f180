import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { runningVms, type VmsOnNodes } from "../../test/support/running-vms.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import type { FailurePlan } from "../contract/plan-report.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import { planCapacity } from "./plan-capacity.ts";
import { planFail } from "./plan-fail.ts";

// Each asks Pacemaker's tools several times.
setDefaultTimeout(60_000);

const dir = mkdtempSync(join(tmpdir(), "haven-plan-fail-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

/** Three nodes of 4096 MiB and 8 processors. */
const running = (vms: VmsOnNodes): Promise<void> => runningVms(file, vms);

const fail = (...nodes: readonly string[]): Promise<FailurePlan> =>
  planFail(fileEnvironment(file.path), { nodes });

/** "a: recovered node2", "b: down". */
function brief({ vms }: FailurePlan): readonly string[] {
  return vms.map(({ name, outcome, to }) => `${name}: ${outcome}${to === undefined ? "" : ` ${to}`}`).sort();
}

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "what follows from the loss of nodes",
  () => {
    beforeEach(() => file.reset());

    test("its VMs start again where there is room; the others run on", async () => {
      await running({ a: [1, "memory: 1024"], b: [2, "memory: 1024"], c: [3, "memory: 2048"] });
      const plan = await fail("node1");
      expect(plan).toMatchObject({ lost: ["node1"], quorum: true, survived: true });
      expect(plan.fenced.map(({ node }) => node)).toEqual(["node1"]);
      // node2 has 3072 MiB free, node3 2048.
      expect(brief(plan)).toEqual(["a: recovered node2"]);
    });

    test("one that is too large for what is free elsewhere is down, and each node says why", async () => {
      await running({ big: [1, "memory: 3500"], b: [2, "memory: 1024"], c: [3, "memory: 2048"] });
      const plan = await fail("node1");
      expect(plan.survived).toBe(false);
      expect(brief(plan)).toEqual(["big: down"]);
      expect(plan.vms[0]?.why).toEqual([
        "node2: it needs 3500 MiB of memory, and 3072 MiB would be free",
        "node3: it needs 3500 MiB of memory, and 2048 MiB would be free",
      ]);
    });

    test("a VM that may run nowhere else; one that must be apart from those that are left", async () => {
      await running({
        pinned: [1, "memory: 64\nplacement: {only-on: node1}"],
        x: [1, "memory: 64\nlabels: db\nplacement: {apart-from: label=db}"],
        y: [2, "memory: 64\nlabels: db\nplacement: {apart-from: label=db}"],
        z: [3, "memory: 64\nlabels: db\nplacement: {apart-from: label=db}"],
      });
      const plan = await fail("node1");
      // Three of them, and two nodes: Pacemaker has one give way, not the one that has lost its node.
      expect(brief(plan)).toEqual(["pinned: down", "x: recovered node3", "z: down"]);
      const why = Object.fromEntries(plan.vms.map((vm) => [vm.name, vm.why]));
      expect(why.pinned).toEqual([
        "node2: the constraint vm-pinned.only-on forbids it",
        "node3: the constraint vm-pinned.only-on forbids it",
      ]);
      expect(why.z).toEqual([
        "node2: y runs there, which it must be apart from",
        "node3: x runs there, which it must be apart from",
      ]);
    });

    test("without a majority nothing is recovered", async () => {
      await running({ a: [1, "memory: 64"], b: [3, "memory: 64"] });
      const plan = await fail("node1", "node2");
      expect(plan).toMatchObject({ quorum: false, survived: false });
      expect(brief(plan)).toContainEqual(expect.stringMatching(/^a: (waiting|down)/));
    });

    test("what has more priority takes the place of what has less", async () => {
      await running({
        high: [1, "memory: 4000\npriority: 10"],
        low: [2, "memory: 4000\npriority: 1"],
        mid: [3, "memory: 4000\npriority: 5"],
      });
      const plan = await fail("node1");
      expect(brief(plan)).toEqual(["high: recovered node2", "low: down"]);
    });

    test("a node that is not there, and one that is lost already", async () => {
      expect(await refusal(fail("node9"))).toMatch(/^cib.not-found: .*node9/);
      await changeCib(fileEnvironment(file.path), () => undefined);
      const text = file.read().toXml().replace('uname="node3" in_ccm="true"', 'uname="node3" in_ccm="false"');
      await Bun.write(
        file.path,
        text.replace(
          'uname="node3" in_ccm="false" crmd="online"',
          'uname="node3" in_ccm="false" crmd="offline"',
        ),
      );
      expect(await refusal(fail("node3"))).toMatch(/^plan.refused: .*node3/);
    });
  },
);

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "which losses are survived",
  () => {
    beforeEach(() => file.reset());

    test("each of one node, each of two; by the scheduler and by arithmetic", async () => {
      await running({ a: [1, "memory: 1024"], b: [2, "memory: 1024"], c: [3, "memory: 1024"] });
      const one = await planCapacity(fileEnvironment(file.path));
      expect(one).toMatchObject({ by: "scheduler", survived: true, unknown: [] });
      expect(one.cases.map(({ name }) => name)).toEqual(["node1", "node2", "node3"]);
      const quick = await planCapacity(fileEnvironment(file.path), { quick: true });
      expect(quick).toMatchObject({ by: "arithmetic", survived: true, unknown: [] });
      const two = await planCapacity(fileEnvironment(file.path), { losses: 2 });
      expect(two.cases.map(({ name, quorum }) => [name, quorum])).toEqual([
        ["node1 and node2", false],
        ["node1 and node3", false],
        ["node2 and node3", false],
      ]);
      expect(two.survived).toBe(false);
    });

    test("one node's VMs find no room: arithmetic knows it, and the scheduler says which", async () => {
      // 3000 + 1500 of 4096 + 4096 are given away: node1's 5000 ask for more than the 3692 that are free elsewhere.
      await running({
        a: [1, "memory: 2000"],
        b: [1, "memory: 2000"],
        c: [2, "memory: 3000"],
        d: [3, "memory: 3000"],
      });
      const quick = await planCapacity(fileEnvironment(file.path), { quick: true });
      expect(quick.unknown.find(({ name }) => name === "node1")?.why).toBe(
        "its VMs need 4000 MiB of memory, and 2192 MiB are free elsewhere",
      );
      const exact = await planCapacity(fileEnvironment(file.path));
      const [first] = exact.cases;
      expect(first?.down.map(({ name }) => name).sort()).toEqual(["a", "b"]);
    });

    test("failure domains that the settings name are losses, too", async () => {
      await running({ a: [1, "memory: 64"] });
      await changeCib(fileEnvironment(file.path), (editor) =>
        editor.setProperties({ "failure-domains": '{"rack1":["node3"]}' }, "haven-settings"),
      );
      const { cases } = await planCapacity(fileEnvironment(file.path), { quick: true });
      expect(cases.map(({ name }) => name)).toEqual(["node1", "node2", "node3", "rack1"]);
    });
  },
);
