import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { runningVms, type VmsOnNodes } from "../../test/support/running-vms.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import type { DrainPlan } from "../contract/plan-report.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import { planDrain } from "./plan-drain.ts";

setDefaultTimeout(60_000);

const dir = mkdtempSync(join(tmpdir(), "haven-plan-drain-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

/** Three nodes of 4096 MiB and 8 processors. */
const running = (vms: VmsOnNodes): Promise<void> => runningVms(file, vms);

const drain = (
  nodes: readonly string[],
  past: readonly { vm: string; seconds: number }[] = [],
): Promise<DrainPlan> => planDrain(fileEnvironment(file.path), { nodes, past: () => Promise.resolve(past) });

const names = ({ waves }: DrainPlan) =>
  waves.map((wave) => wave.map(({ name, to }) => `${name} ${to}`).sort());

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "what a drain would do",
  () => {
    beforeEach(() => file.reset());

    test("waves by migration-limit, and the time that its migrations have taken", async () => {
      await running({
        a: [1, "memory: 512"],
        b: [1, "memory: 512"],
        c: [1, "memory: 512"],
        d: [2, "memory: 64"],
      });
      await changeCib(fileEnvironment(file.path), (editor) => editor.setProperties({ "migration-limit": 1 }));
      const past = ["a", "b", "c"].map((vm) => ({ vm, seconds: 10 }));
      const plan = await drain(["node1"], past);
      expect(plan).toMatchObject({ possible: true, inTheWay: [], atOnce: 1, seconds: 30, elsewhere: [] });
      expect(names(plan).map((wave) => wave.length)).toEqual([1, 1, 1]);
      expect(
        names(plan)
          .flat()
          .map((step) => step[0])
          .sort(),
      ).toEqual(["a", "b", "c"]);
    });

    test("a VM that was never measured takes as long as the bandwidth of its migrations lets it", async () => {
      await running({
        slow: [1, "memory: 512\nmigration: {bandwidth: 8 MiB/s}"],
        quick: [1, "memory: 512"],
      });
      const steps = (await drain(["node1"])).waves.flat();
      const seconds = Object.fromEntries(steps.map((step) => [step.name, step.seconds]));
      // 512 MiB at 8 and at 100 MiB/s, and 2 s for what does not hang on the size.
      expect(seconds).toEqual({ slow: 66, quick: 7.12 });
    });

    test("what stands in the way: pinned, too large, apart, unmanaged", async () => {
      await running({
        pinned: [1, "memory: 64\nplacement: {only-on: node1}"],
        big: [1, "memory: 3500"],
        left: [1, "memory: 64"],
        x: [2, "memory: 1024"],
        y: [3, "memory: 1024"],
      });
      await changeCib(fileEnvironment(file.path), (editor) =>
        editor.setNvpairs("vm-left", "meta_attributes", { "is-managed": "false" }),
      );
      const plan = await drain(["node1"]);
      expect(plan.possible).toBe(false);
      const why = Object.fromEntries(plan.inTheWay.map((vm) => [vm.name, vm.why]));
      expect(Object.keys(why).sort()).toEqual(["big", "left", "pinned"]);
      expect(why.pinned).toEqual([
        "node2: the constraint vm-pinned.only-on forbids it",
        "node3: the constraint vm-pinned.only-on forbids it",
      ]);
      expect(why.big).toEqual([
        "node2: it needs 3500 MiB of memory, and 3072 MiB would be free",
        "node3: it needs 3500 MiB of memory, and 3072 MiB would be free",
      ]);
      expect(why.left).toEqual(["it is unmanaged: the cluster leaves it alone"]);
    });

    test("the last node, one that is not there", async () => {
      await running({ a: [1, "memory: 64"] });
      expect(await refusal(drain(["node1", "node2", "node3"]))).toMatch(/^node.last: /);
      expect(await refusal(drain(["node4"]))).toMatch(/^cib.not-found: /);
    });
  },
);
