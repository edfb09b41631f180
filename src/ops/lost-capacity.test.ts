import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { runningVms, type VmsOnNodes } from "../../test/support/running-vms.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import { attributes } from "../../test/support/why-world.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import { lostCapacity } from "./lost-capacity.ts";
import { nodeOnline, nodeStandby } from "./node-standby.ts";
import { vmAdd } from "./vm-add.ts";
import { vmApply } from "./vm-apply.ts";
import { vmStart } from "./vm-start.ts";

// Each asks Pacemaker's tools several times.
setDefaultTimeout(240_000);

const dir = mkdtempSync(join(tmpdir(), "haven-lost-capacity-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

/** Three nodes of 4096 MiB and 8 processors. */
const running = (vms: VmsOnNodes): Promise<void> => runningVms(file, vms);
const here = () => fileEnvironment(file.path);
const textOf = (text: string) => ({ texts: [{ file: "x", text }] });

const say = (policy: "warn" | "refuse"): Promise<unknown> =>
  changeCib(here(), (editor) =>
    editor.setProperties({ "lost-capacity": JSON.stringify(policy) }, "haven-settings"),
  );

/** Each node has 2048 MiB free: two VMs of 2048 more, and no node can be lost. */
const halfFull: VmsOnNodes = {
  a: [1, "memory: 2048"],
  b: [2, "memory: 2048"],
  c: [3, "memory: 2048"],
  off: [1, "memory: 64"],
};

const lost = /^vm.refused: node\d could not be lost without harm after this: /;

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "a change after which a node could not be lost any more",
  () => {
    beforeEach(() => file.reset());

    test("is told where the settings say nothing, or warn; refused where they say so, and made with --force", async () => {
      await running(halfFull);
      const two = textOf("name: x\nmemory: 2048\n---\nname: y\nmemory: 2048");
      const told = await vmAdd(here(), { ...two, dryRun: true });
      expect(told.effect.filter((line) => line.startsWith("Note: after this node"))).not.toEqual([]);
      expect(told.effect.filter((line) => line.startsWith("Refused"))).toEqual([]);
      await say("refuse");
      const before = readFileSync(file.path, "utf8");
      expect(await refusal(vmAdd(here(), two))).toMatch(lost);
      expect(readFileSync(file.path, "utf8")).toBe(before);
      const dry = await vmAdd(here(), { ...two, dryRun: true });
      expect(dry.effect).toContainEqual(expect.stringMatching(/^Refused without --force: node\d could not/));
      expect((await vmAdd(here(), { ...two, force: true })).committed).toBe(true);
    });

    test("what leaves room is made", async () => {
      await running({ a: [1, "memory: 1900"], b: [2, "memory: 1900"], c: [3, "memory: 1900"] });
      await say("refuse");
      expect((await vmAdd(here(), textOf("name: x\nmemory: 64"))).committed).toBe(true);
    });

    test("a start, more memory, a standby", async () => {
      await running({ ...halfFull, x: [1, "memory: 2000"] });
      await vmAdd(here(), { ...textOf("name: y\nmemory: 2000"), stopped: true });
      await say("refuse");
      expect(await refusal(vmStart(here(), { names: ["y"] }))).toMatch(lost);
      // node1's VMs then ask for 4096 and more, and 4000 are free elsewhere.
      expect(await refusal(vmApply(here(), textOf("name: off\nmemory: 900")))).toMatch(lost);
      file.reset();
      await running({ a: [1, "memory: 1500"], b: [2, "memory: 1500"], c: [3, "memory: 1500"] });
      await say("refuse");
      // All of them fit on two nodes, and not on one.
      expect(await refusal(nodeStandby(here(), { nodes: ["node1"] }))).toMatch(lost);
      expect((await nodeStandby(here(), { nodes: ["node1"], force: true })).committed).toBe(true);
      expect((await nodeOnline(here(), { nodes: ["node1"] })).committed).toBe(true);
    });

    test("what only the scheduler knows is asked of it: a VM that is to be apart from all others", async () => {
      const apart = "memory: 64\nlabels: db\nplacement: {apart-from: label=db}";
      await running({ x: [1, apart], y: [2, apart] });
      await say("refuse");
      // Three that must be apart run on three nodes, and one too many is on two.
      expect(await refusal(vmAdd(here(), textOf(`name: z\n${apart}`)))).toMatch(
        /^vm.refused: node\d could not be lost without harm after this: [xyz] would run nowhere/,
      );
    });

    test("a node that could not be lost before either is no reason", async () => {
      await running({ big: [1, "memory: 3900"], b: [2, "memory: 1000"], c: [3, "memory: 1000"] });
      await say("refuse");
      expect((await vmAdd(here(), textOf("name: x\nmemory: 64"))).committed).toBe(true);
    });

    test("a node where a VM has failed too often is no room for it", async () => {
      await running({ a: [1, "memory: 2000"] });
      file.edit((editor) =>
        editor.setNvpairs("vm-a", "meta_attributes", { "migration-threshold": "3", "failure-timeout": "0" }),
      );
      const failures = { "fail-count-vm-a#start_0": "3", "last-failure-vm-a#start_0": "1795891466" };
      writeFileSync(file.path, attributes(2, failures)(readFileSync(file.path, "utf8")));
      await say("refuse");
      // Without node1 there is node3 for it, which this one would fill.
      expect(
        await refusal(vmAdd(here(), textOf("name: x\nmemory: 3000\nplacement: {prefer: node3}"))),
      ).toMatch(/^vm.refused: node1 could not be lost without harm after this: a would run nowhere/);
    });

    test("what is not found out in time is told, and refuses nothing", async () => {
      const apart = "memory: 64\nlabels: db\nplacement: {apart-from: label=db}";
      await running({ x: [1, apart], y: [2, apart] });
      const environment = here();
      const before = file.read();
      const editor = new CibEditor(before);
      editor.setNodeAttributes("node3", { standby: "on" });
      const transition = await environment.pacemaker.simulate(editor.cib.toXml());
      const change = { before, after: editor.cib };
      expect((await lostCapacity(environment, change, transition)).lost.map(({ name }) => name)).toEqual([
        ...["node1", "node2"],
      ]);
      expect(await lostCapacity(environment, change, transition, 1)).toEqual({
        lost: [],
        notes: [
          expect.stringMatching(/^Note: whether node1 and node2 could be lost after this was not found/),
        ],
      });
    });
  },
);
