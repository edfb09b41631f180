import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { runningVms } from "../../test/support/running-vms.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { drainAttribute, writeDrainRecord } from "../vm/drain-record.ts";
import { nodeResume } from "./node-resume.ts";
import { planResume } from "./plan-resume.ts";

setDefaultTimeout(60_000);

const dir = mkdtempSync(join(tmpdir(), "haven-plan-resume-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

const environment = () => fileEnvironment(file.path);
const past = () => Promise.resolve([]);
const change = (edit: (editor: CibEditor) => void) => changeCib(environment(), edit, { simulate: false });

/** node1 was drained: that is where its VMs went. */
const drained = (places: Readonly<Record<string, string>>, node = "node1") =>
  change((editor) =>
    editor.setNodeAttributes(node, {
      standby: "on",
      [drainAttribute]: writeDrainRecord({
        time: 1_790_000_000_000,
        places: new Map(Object.entries(places)),
      }),
    }),
  );

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "what a resume would bring back",
  () => {
    beforeEach(() => file.reset());

    test("what the drain has moved, in waves, and nothing else", async () => {
      const spec = "memory: 512";
      await runningVms(file, { a: [2, spec], b: [2, spec], c: [2, spec], new: [2, spec], other: [3, spec] });
      await drained({ a: "node2", b: "node2", c: "node2" });
      await change((editor) => editor.setProperties({ "migration-limit": 2 }));
      const plan = await planResume(environment(), { nodes: ["node1"], past });
      expect(plan).toMatchObject({ stays: [], cannot: [], atOnce: 2 });
      expect(plan.waves.map((wave) => wave.map(({ name, from, to }) => `${name} ${from} ${to}`))).toEqual([
        ["a node2 node1", "b node2 node1"],
        ["c node2 node1"],
      ]);
      expect(plan.seconds).toBeCloseTo(2 * 7.12);
    });

    test("what somebody has moved or stopped since, or what is gone, stays", async () => {
      await runningVms(file, { moved: [3, "memory: 64"], stopped: [2, "memory: 64"], on: [3, "memory: 64"] });
      await drained({ moved: "node2", stopped: "node2", gone: "node2", on: "node2" });
      // Another drain has moved that one on.
      await drained({ on: "node3" }, "node2");
      await change((editor) =>
        editor.setNvpairs("vm-stopped", "meta_attributes", { "target-role": "Stopped" }),
      );
      const plan = await planResume(environment(), { nodes: ["node1"], past });
      expect(Object.fromEntries(plan.stays.map(({ name, why }) => [name, why]))).toEqual({
        moved: "runs on node3, not on node2, where the drain brought it: it was moved since",
        stopped: "was stopped since",
        gone: "is in the cluster no longer",
      });
      expect(plan.waves.flat().map(({ name }) => name)).toEqual(["on"]);
      expect(plan.cannot).toEqual([]);
    });

    test("what has no room any more, or may not be there, cannot, with the reason", async () => {
      await runningVms(file, {
        big: [2, "memory: 3000"],
        small: [2, "memory: 64"],
        banned: [2, "memory: 64\nplacement: {never-on: node1}"],
        taker: [1, "memory: 2000"],
      });
      await drained({ big: "node2", small: "node2", banned: "node2" });
      await change((editor) => editor.setNodeAttributes("node1", { standby: undefined }));
      const plan = await planResume(environment(), { nodes: ["node1"], past });
      expect(plan.waves.flat().map(({ name }) => name)).toEqual(["small"]);
      const why = Object.fromEntries(plan.cannot.map((vm) => [vm.name, vm.why]));
      expect(why.big).toStartWith("cannot come back to node1: it needs 3000 MiB of memory, and ");
      expect(why.banned).toBe(
        "cannot come back to node1: the constraint vm-banned.never-on.node1 forbids it",
      );
    });

    test("the end of the standby keeps the record until all is back; --leave forgets it", async () => {
      await runningVms(file, { a: [2, "memory: 64"] });
      await drained({ a: "node2" });
      const world = environment();
      const attributes = async () =>
        Cib.parse(await world.pacemaker.queryCib()).node("node1")?.attributes ?? new Map<string, string>();
      const dry = await nodeResume(world, { nodes: ["node1"], dryRun: true, past });
      expect(dry.effect.slice(0, 2)).toEqual([
        "1 VM comes back to node1 in about 3 s",
        "a migrates live from node2 back to node1",
      ]);
      expect((await attributes()).get("standby")).toBe("on");
      expect(world.asked).toEqual([]);
      // A file has nothing that could move.
      const { committed, back } = await nodeResume(world, { nodes: ["node1"], past });
      expect({ committed, back }).toEqual({ committed: true, back: [] });
      expect(world.asked.map(({ question }) => question)).toEqual([
        "Take node1 out of standby, and bring back a?",
      ]);
      expect((await attributes()).get("standby")).toBeUndefined();
      expect((await attributes()).get(drainAttribute)).toEndWith(" node2=a");
      await nodeResume(world, { nodes: ["node1"], leave: true, past });
      expect((await attributes()).get(drainAttribute)).toBeUndefined();
      expect((await nodeResume(world, { nodes: ["node1"], past })).unchanged).toEqual(["node1"]);
      expect(await refusal(nodeResume(world, { nodes: ["node7"], past }))).toStartWith("cib.not-found");
    });
  },
);
