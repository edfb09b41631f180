import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { runningVms, type VmsOnNodes } from "../../test/support/running-vms.ts";
import { VmCibFile } from "../../test/support/vm-cib-file.ts";
import type { RebalancePlan } from "../contract/plan-changes.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import { xml } from "../xml/element.ts";
import { type PlanRebalanceOptions, planRebalance } from "./plan-rebalance.ts";

// Each asks Pacemaker's tools several times.
setDefaultTimeout(120_000);

const dir = mkdtempSync(join(tmpdir(), "haven-plan-rebalance-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

/** Three nodes of 4096 MiB and 8 processors. */
const running = (vms: VmsOnNodes): Promise<void> => runningVms(file, vms);

const plan = (options: Partial<PlanRebalanceOptions> = {}): Promise<RebalancePlan> =>
  planRebalance(fileEnvironment(file.path), { past: () => Promise.resolve([]), ...options });

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "the fewest moves that even a cluster out",
  () => {
    beforeEach(() => file.reset());

    test("an empty node takes VMs: which, why, how long, by which commands; nothing is changed", async () => {
      await running({
        a: [1, "memory: 1024"],
        b: [1, "memory: 1024"],
        c: [2, "memory: 1024"],
        d: [2, "memory: 1024"],
      });
      const before = readFileSync(file.path, "utf8");
      const found = await plan({ past: () => Promise.resolve([{ vm: "a", seconds: 12 }]), threshold: 25 });
      expect(found).toMatchObject({ threshold: 25, before: 50, after: 25, isFewest: true, refused: [] });
      expect(found.commands).toEqual(["haven vm move a --to node3"]);
      expect(found.moves).toMatchObject([
        {
          ...{ name: "a", from: "node1", to: "node3", outcome: "migrated", seconds: 12, basis: "own" },
          why: "node1: memory 50 % to 25 %; node3: memory 0 % to 25 %",
        },
      ]);
      expect(found.nodes.map(({ name, after }) => [name, after.memory])).toEqual([
        ["node1", 0.25],
        ["node2", 0.5],
        ["node3", 0.25],
      ]);
      expect(readFileSync(file.path, "utf8")).toBe(before);
    });

    test("an even cluster has nothing to gain", async () => {
      await running({ a: [1, "memory: 1024"], b: [2, "memory: 1024"], c: [3, "memory: 900"] });
      expect(await plan()).toMatchObject({ before: 3, after: 3, moves: [], commands: [], seconds: 0 });
    });

    test("what may not move live stays, what is pinned too, and what the scheduler sees besides is heeded", async () => {
      await running({
        cold: [1, "memory: 1024\nmigration: {allowed: false}"],
        pinned: [1, "memory: 1000\nplacement: {only-on: node1}"],
        bound: [1, "memory: 900"],
        free: [1, "memory: 900"],
      });
      // An address that must be with its VM would be stopped and started: only the scheduler sees that.
      await changeCib(fileEnvironment(file.path), (editor) => {
        editor.addConstraint(
          xml("rsc_location", { id: "r", "rsc-pattern": "^vm-bound$", node: "node2", score: "-INFINITY" }),
        );
        editor.addConstraint(
          xml("rsc_location", { id: "r3", "rsc-pattern": "^vm-bound$", node: "node3", score: "-INFINITY" }),
        );
      });
      const found = await plan({ moves: 1 });
      expect(found.unmovable.map(({ name }) => name)).toEqual(["cold"]);
      expect(found.commands).toEqual([expect.stringMatching(/^haven vm move free --to node[23]$/)]);
      expect(found.refused).toEqual([
        expect.stringMatching(/^bound to node[23]: /),
        expect.stringMatching(/^bound to node[23]: /),
      ]);
    });

    test("a VM that would go back as soon as it has arrived is not moved", async () => {
      await running({ a: [1, "memory: 1024"], b: [1, "memory: 1024"] });
      await changeCib(fileEnvironment(file.path), (editor) => {
        editor.setResourceDefaults({ "resource-stickiness": 0 });
        for (const vm of ["a", "b"]) {
          const id = `like-${vm}`;
          editor.addConstraint(xml("rsc_location", { id, rsc: `vm-${vm}`, node: "node1", score: 500 }));
        }
      });
      const found = await plan();
      expect(found).toMatchObject({ moves: [], before: 50, after: 50 });
      expect(found.refused[0]).toMatch(
        /^[ab] to node[23]: afterwards [ab] migrates live from node[23] to node1/,
      );
    });

    test("no move takes away the room for a loss", async () => {
      // node3 keeps 3500 free for large, which node2's loss wants: any VM that goes there takes it away.
      await running({
        large: [2, "memory: 3500"],
        a: [1, "memory: 600"],
        b: [1, "memory: 600"],
        c: [1, "memory: 600"],
      });
      const found = await plan({ threshold: 60, moves: 3 });
      expect(found.before).toBe(85);
      expect(found.moves).toEqual([]);
      expect(found.refused.length).toBeGreaterThan(0);
      expect(found.refused[0]).toContain("node2 could not be lost then");
    });
  },
);
