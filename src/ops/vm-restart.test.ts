import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import { definitionsIn, restoreDefinition } from "../history/definition.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { vmAdd } from "./vm-add.ts";
import { vmApply } from "./vm-apply.ts";
import { vmRestart } from "./vm-restart.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-vm-restart-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

const texts = (text: string) => [{ file: "vms.yaml", text }];
const entry = () => vmsInCib(file.read()).find(({ name }) => name === "b");

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "restarting VMs",
  () => {
    const environment = () => fileEnvironment(file.path);
    beforeEach(async () => {
      file.reset();
      await vmAdd(environment(), { texts: texts("name: a\nmemory: 512\n---\nname: b\nmemory: 512\n") });
    });

    test("a restart is one change, after which the VM is wanted as before", async () => {
      file.runs({ a: { node: 1 }, b: { node: 2 } });
      const restart = (name: string, dryRun = false) => vmRestart(environment(), { names: [name], dryRun });
      const effect = ["b is restarted on node2 (resource definition change)"];
      expect(await restart("b", true)).toMatchObject({
        committed: false,
        effect: expect.arrayContaining(effect),
      });
      const before = file.read().version.epoch;
      expect(await restart("b")).toMatchObject({ names: ["b"], committed: true });
      expect(file.read().version.epoch).toBe(before + 1);
      expect(entry()?.targetRole).toBeUndefined();
      // It is no version of the VM, and no other change takes it away, which would restart the VM again.
      const word = () => {
        const cib = file.read();
        const vm = cib.byId("vm-b");
        return vm && cib.nvpairs(vm, "instance_attributes").get("restart");
      };
      const asked = word();
      expect(asked).toMatch(/^\d{4}-/);
      expect(definitionsIn(file.read()).get("b")?.parameters).not.toHaveProperty("restart");
      await vmApply(environment(), { texts: texts("name: b\nmemory: 768") });
      expect(word()).toBe(asked);
      const editor = new CibEditor(file.read());
      const definition = definitionsIn(editor.cib).get("b");
      restoreDefinition(editor, "vm-b", { parameters: {}, meta: {}, utilization: {}, ...definition });
      expect(editor.changes()).toEqual([]);
    });

    test("a VM that cannot be restarted in one change, or not be started again, is left alone", async () => {
      file.runs({ a: { node: 1 }, b: { node: 2 } });
      const restart = () => refusal(vmRestart(environment(), { names: ["b"] }));
      const whole = readFileSync(file.path, "utf8");
      writeFileSync(file.path, whole.replaceAll("uri restart", "uri"));
      expect(await restart()).toStartWith(
        "vm.refused: b cannot be restarted in one change: an agent of an older",
      );
      const only = '<rsc_location id="x" rsc="vm-b" node="NODE" score="-INFINITY"/>';
      const nowhere = ["node1", "node2", "node3"].map((node, i) =>
        only.replace("NODE", node).replace('"x"', `"x${i}"`),
      );
      writeFileSync(
        file.path,
        whole.replace("<constraints/>", `<constraints>${nowhere.join("")}</constraints>`),
      );
      expect(await restart()).toStartWith("vm.refused: b would be stopped, and no node could start it");
      expect(await vmRestart(environment(), { names: ["b"], force: true, dryRun: true })).toMatchObject({
        names: ["b"],
      });
      writeFileSync(file.path, whole);
      file.runs({ a: { node: 1 } });
      expect(await restart()).toBe("vm.refused: b cannot be restarted: it is stopped, not running");
    });
  },
);
