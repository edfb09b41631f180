import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import { nodeOnline, nodeStandby } from "./node-standby.ts";
import { vmAdd } from "./vm-add.ts";
import { vmApply } from "./vm-apply.ts";
import { vmManage } from "./vm-manage.ts";
import { vmMove } from "./vm-move.ts";
import { vmRemove } from "./vm-remove.ts";
import { vmStop } from "./vm-stop.ts";

// Each command runs Pacemaker's scheduler two or three times.
setDefaultTimeout(60_000);

const dir = mkdtempSync(join(tmpdir(), "haven-touch-others-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

const environment = () => fileEnvironment(file.path);
const vms = (effect: readonly string[]) => effect.filter((line) => !line.startsWith("fence "));
const text = (text: string) => ({ texts: [{ file: "x", text }] });

/** A VM, one that must be with it, and one on its own; all run. */
async function pair(): Promise<void> {
  await vmAdd(
    environment(),
    text(
      "name: front\nmemory: 64\nplacement: {together-with: back}\n---\nname: back\nmemory: 64\n---\nname: own\nmemory: 64\n",
    ),
  );
  file.runs({ front: { node: 1 }, back: { node: 1 }, own: { node: 2 } });
}

// What it does to a VM that was not named is said, and refused unless it is forced: for each command that can.
describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "a change that hits another VM",
  () => {
    beforeEach(async () => {
      file.reset();
      await pair();
    });

    test("a move that takes another VM along", async () => {
      const move = { names: ["back"], to: "node3" };
      expect(await refusal(vmMove(environment(), move))).toBe(
        "vm.refused: front would migrate live from node1 to node3",
      );
      const { effect } = await vmMove(environment(), { ...move, dryRun: true });
      expect(effect).toContain("Refused without --force: front would migrate live from node1 to node3");
      expect(await vmMove(environment(), { names: ["back", "front"], to: "node3" })).toMatchObject({
        committed: true,
      });
    });

    test("forced, a move takes it along", async () => {
      const forced = await vmMove(environment(), { names: ["back"], to: "node3", force: true });
      expect(forced).toMatchObject({ committed: true, moved: [{ name: "back", to: "node3" }] });
      expect(forced.effect).toContain("front migrates live from node1 to node3");
    });

    test("a stop and a removal of what another VM cannot be without", async () => {
      const said = /^vm\.refused: front would be stopped on node1/;
      expect(await refusal(vmStop(environment(), { names: ["back"] }))).toMatch(said);
      expect(await refusal(vmRemove(environment(), { names: ["own", "back"], dryRun: true }))).toBe(
        "no refusal",
      );
      expect((await vmStop(environment(), { names: ["back", "front"] })).committed).toBe(true);
      expect((await vmStop(environment(), { names: ["own"] })).committed).toBe(true);
    });

    test("a new VM that needs the room of others", async () => {
      const big = text("name: big\nmemory: 4090\npriority: 10\nplacement: {only-on: node1}\n");
      expect(await refusal(vmAdd(environment(), big))).toMatch(
        /^vm\.refused: front would migrate live from node1 to node\d; back would migrate live/,
      );
      expect((await vmApply(environment(), { ...big, force: true })).committed).toBe(true);
    });

    test("what was named may move", async () => {
      const away = "name: own\nmemory: 64\nplacement: {never-on: node2}\n";
      const { effect } = await vmApply(environment(), text(away));
      expect(vms(effect)).toEqual([expect.stringMatching(/^own migrates live from node2 to node\d$/)]);
    });

    test("management taken up or given up touches nobody else", async () => {
      const { effect } = await vmManage(environment(), { names: ["back"], managed: false });
      expect(vms(effect)).toEqual([]);
    });

    test("a node in standby: its VMs move, one that is bound to it must not stop unasked", async () => {
      expect(await nodeStandby(environment(), { nodes: ["node1"] })).toMatchObject({ committed: true });
      file.reset();
      await vmAdd(environment(), text("name: bound\nmemory: 64\nplacement: {only-on: node1}\n"));
      file.runs({ bound: { node: 1 } });
      expect(await refusal(nodeStandby(environment(), { nodes: ["node1"] }))).toMatch(
        /^vm\.refused: bound would be stopped on node1/,
      );
      const forced = await nodeStandby(environment(), { nodes: ["node1"], force: true });
      expect(forced.effect).toContain("Note: bound would not run anywhere");
      file.runs({});
      expect(vms((await nodeOnline(environment(), { nodes: ["node1"] })).effect)).toEqual([
        "bound starts on node1",
      ]);
    });
  },
);
