import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { runningVms, type VmsOnNodes } from "../../test/support/running-vms.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import type { RemovePlan } from "../contract/plan-changes.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import { xml } from "../xml/element.ts";
import { planRemove } from "./plan-remove.ts";

// Each asks Pacemaker's tools several times.
setDefaultTimeout(120_000);

const dir = mkdtempSync(join(tmpdir(), "haven-plan-remove-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

/** Three nodes of 4096 MiB and 8 processors. */
const running = (vms: VmsOnNodes): Promise<void> => runningVms(file, vms);

const remove = (...nodes: readonly string[]): Promise<RemovePlan> =>
  planRemove(fileEnvironment(file.path), { nodes });

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "what follows when nodes leave for good",
  () => {
    beforeEach(() => file.reset());

    test("where its VMs go, and which losses are survived without it; nothing is changed", async () => {
      await running({ a: [1, "memory: 1024"], b: [2, "memory: 1024"], c: [3, "memory: 3000"] });
      const before = readFileSync(file.path, "utf8");
      const plan = await remove("node1");
      expect(plan).toMatchObject({ nodes: ["node1"], possible: true, named: [], quorum: undefined });
      expect(plan.vms).toMatchObject([{ name: "a", outcome: "migrated", from: "node1", to: "node2" }]);
      // node2 then has 2048 of 4096: c does not fit there, and a and b do not fit beside c.
      expect(plan.losses.map(({ name, down, already }) => [name, down.length, already])).toEqual([
        ["node2", 1, false],
        ["node3", 1, false],
      ]);
      expect(plan.survived).toBe(false);
      expect(readFileSync(file.path, "utf8")).toBe(before);
    });

    test("VMs that may run nowhere else, and all that names the node", async () => {
      await running({
        pinned: [1, "memory: 64\nplacement: {only-on: node1}"],
        liked: [2, "memory: 64\nplacement: {prefer: [node1, node2]}"],
      });
      await changeCib(fileEnvironment(file.path), (editor) => {
        editor.addResource(
          xml("primitive", { id: "ipmi1", class: "stonith", type: "fence_ipmilan" }, [
            xml("instance_attributes", { id: "ipmi1-i" }, [
              xml("nvpair", { id: "ipmi1-h", name: "pcmk_host_list", value: "node1" }),
            ]),
          ]),
        );
        editor.setFencingLevels("node1", [["ipmi1"], ["fence"]]);
        editor.setProperties({ "failure-domains": '{"rack1":["node1"]}' }, "haven-settings");
      });
      const plan = await remove("node1");
      expect(plan.possible).toBe(false);
      expect(plan.vms[0]).toMatchObject({ name: "pinned", outcome: "down" });
      expect(plan.named.map(({ kind, id, command }) => [kind, id, command])).toEqual([
        ["constraint", "vm-pinned.only-on", "haven vm edit pinned"],
        ["constraint", "vm-liked.prefer.node1", "haven vm edit liked"],
        ["fencing-level", "fencing-node1-1", "haven fence levels node1 --none"],
        ["fencing-level", "fencing-node1-2", "haven fence levels node1 --none"],
        ["fence-device", "ipmi1", "haven fence remove ipmi1"],
        ["setting", "failure-domains.rack1", "haven settings edit"],
      ]);
    });

    test("two nodes, one that is not there, and all of them", async () => {
      await running({ a: [1, "memory: 64"] });
      const one = await remove("node2", "node3");
      // Of the one that is left nothing is survived.
      expect(one).toMatchObject({ possible: true, survived: false });
      expect(one.losses).toMatchObject([{ name: "node1", quorum: false }]);
      expect(await refusal(remove("nod1"))).toMatch(/^cib.not-found: .*nod1/);
      expect(await refusal(remove("node1", "node2", "node3"))).toMatch(/^node.last: /);
    });
  },
);
