import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { runningVms, type VmsOnNodes } from "../../test/support/running-vms.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import type { AddPlan } from "../contract/plan-changes.ts";
import type { PlannedVm } from "../contract/plan-report.ts";
import { type PlanAddOptions, planAdd } from "./plan-add.ts";

// Each asks Pacemaker's tools several times.
setDefaultTimeout(120_000);

const dir = mkdtempSync(join(tmpdir(), "haven-plan-add-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

/** Three nodes of 4096 MiB and 8 processors. */
const running = (vms: VmsOnNodes): Promise<void> => runningVms(file, vms);

const add = (text: string, options: Omit<PlanAddOptions, "texts"> = {}): Promise<AddPlan> =>
  planAdd(fileEnvironment(file.path), { texts: [{ file: "new.yaml", text }], ...options });

const brief = (vms: readonly PlannedVm[]): readonly string[] =>
  vms.map(({ name, outcome, to }) => `${name}: ${outcome}${to === undefined ? "" : ` ${to}`}`);

const lossesOf = ({ losses }: AddPlan) =>
  Object.fromEntries(losses.map(({ name, down, own }) => [name, [brief(down), brief(own)]]));

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "what adding VMs would do",
  () => {
    beforeEach(() => file.reset());

    test("they run where there is room, and each node's loss is thought of with them; nothing is changed", async () => {
      await running({ a: [1, "memory: 1024"], b: [2, "memory: 2048"] });
      const before = readFileSync(file.path, "utf8");
      const plan = await add("name: new\nmemory: 1024");
      expect(plan).toMatchObject({ names: ["new"], runs: true, survived: true, others: [] });
      expect(brief(plan.vms)).toEqual(["new: started node3"]);
      // Where node3 is lost it starts on node1, which has 3072 MiB free, and not on node2, which has 2048.
      expect(lossesOf(plan)).toEqual({
        node1: [[], []],
        node2: [[], []],
        node3: [[], ["new: recovered node1"]],
      });
      expect(readFileSync(file.path, "utf8")).toBe(before);
    });

    test("it runs, and then a node could not be lost any more: which VM would stay down", async () => {
      // Each node has 2048 free; what is new takes one half of the last room for a loss.
      await running({ a: [1, "memory: 2048"], b: [2, "memory: 2048"], c: [3, "memory: 2048"] });
      const plan = await add("name: new\nmemory: 2048\npriority: 5");
      expect(plan).toMatchObject({ runs: true, survived: true });
      const more = await add("name: new\nmemory: 2048\n---\nname: more\nmemory: 2048");
      expect(more).toMatchObject({ names: ["new", "more"], runs: true, survived: false });
      // Two nodes are full and one is half empty: its half holds one VM of two, and nothing takes its own.
      const down = more.losses.map((loss) => loss.down.length);
      expect(down.toSorted()).toEqual([1, 1, 1]);
      expect(more.losses.every(({ already }) => !already)).toBe(true);
    });

    test("one that fits nowhere, one that another one has to make room for, one that has to be apart", async () => {
      await running({ low: [1, "memory: 3000"], b: [2, "memory: 3000"], c: [3, "memory: 3000"] });
      const large = await add("name: new\nmemory: 3500");
      expect(large).toMatchObject({ runs: false, survived: false });
      expect(large.vms[0]).toMatchObject({ name: "new", outcome: "down" });
      expect(large.vms[0]?.why).toContain("node1: it needs 3500 MiB of memory, and 1096 MiB would be free");
      // What is lost already without it is told as such.
      expect(large.losses.map(({ already }) => already)).toEqual([true, true, true]);
      const urgent = await add("name: new\nmemory: 3500\npriority: 10");
      expect(urgent.runs).toBe(false);
      expect(urgent.vms[0]).toMatchObject({ name: "new", outcome: "started" });
      expect(urgent.vms.filter(({ outcome }) => outcome === "down")).toHaveLength(1);
      const apart = await add("name: new\nmemory: 64\nplacement: {apart-from: [low, b, c]}");
      expect(apart.vms[0]?.why).toContain("node1: low runs there, which it must be apart from");
    });

    test("so many copies, and as many as there is room for", async () => {
      await running({ a: [1, "memory: 1096"], b: [2, "memory: 1096"], c: [3, "memory: 1096"] });
      const three = await add("name: web\nmemory: 1000", { count: 3 });
      expect(three).toMatchObject({ names: ["web-1", "web-2", "web-3"], count: 3, runs: true });
      // Nine fit into three times 3000 MiB. When a node is lost its VM of 1096 and copies of 1000 have to fit into what
      // the other two have free: of three nodes with one copy each, 2000 twice; with two copies 1000 twice, too little
      // for 1096 and 2000. With two copies on one node and one on each other: 2000 and 2000 for 1096 and 2000.
      const most = await add("name: web\nmemory: 1000", { count: "max" });
      expect(most.most).toMatchObject({ runs: 9, survives: 4, isLimit: false });
      expect(most).toMatchObject({ count: 4, runs: true, survived: true });
      expect(most.most?.why[0]).toMatch(/^If node\d were lost: /);
      // A VM that is there already may be copied, too.
      const again = await add("name: a\nmemory: 1096", { count: 1 });
      expect(again.names).toEqual(["a-1"]);
    });

    test("copies that must be apart are as many as nodes, and fewer by one to survive a loss", async () => {
      const text = "name: db\nmemory: 64\nlabels: db\nplacement: {apart-from: label=db}";
      const { most } = await add(text, { count: "max" });
      expect(most).toMatchObject({ runs: 3, survives: 2 });
    });

    test("what vm add refuses is refused here", async () => {
      await running({ a: [1, "memory: 64"] });
      expect(await refusal(add("name: a\nmemory: 64"))).toMatch(/^vm.invalid: .*expected a new name/s);
      expect(await refusal(add("name: x\nmemroy: 64"))).toMatch(/^vm.invalid: .*memory/s);
      expect(await refusal(add("name: x\nmemory: 64", { count: 1001 }))).toMatch(/^plan.refused: /);
    });
  },
);
