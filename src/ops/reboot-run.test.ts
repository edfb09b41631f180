import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { runningVms } from "../../test/support/running-vms.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import type { ExecResult } from "../base/exec.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import { type RebootRunOptions, rebootRun } from "./reboot-run.ts";

setDefaultTimeout(60_000);

const dir = mkdtempSync(join(tmpdir(), "haven-reboot-run-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

const environment = () => fileEnvironment(file.path);
const ran: string[] = [];
const run = (options: Partial<RebootRunOptions>, answer: Partial<ExecResult> = {}) =>
  rebootRun(environment(), {
    ...{ nodes: [], command: [], self: "node1", past: () => Promise.resolve([]) },
    reach: (node) => ({
      exec(argv) {
        ran.push(`${node}: ${argv.join(" ")}`);
        return Promise.resolve({ code: 0, signal: null, stdout: "", stderr: "", ...answer } as ExecResult);
      },
    }),
    ...options,
  });

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "nodes are taken through a restart one by one",
  () => {
    beforeEach(async () => {
      file.reset();
      ran.length = 0;
      await runningVms(file, { a: [1, "memory: 64"], b: [2, "memory: 64"] });
    });

    test("in the order given, the node itself last, from where it is said to begin", async () => {
      const dry = await run({ dryRun: true });
      expect(dry).toMatchObject({ order: ["node2", "node3", "node1"], committed: false, done: [] });
      expect(dry.effect[0]).toBe("node2: 1 VMs leave in about 3 s, and come back");
      expect(dry.effect[2]).toEndWith(
        "which is this node: it comes last, and gets back its VMs by haven node resume",
      );
      const some = { dryRun: true, nodes: ["node1", "node3", "node2"] };
      expect((await run({ ...some, from: "node2" })).order).toEqual(["node2", "node1"]);
      expect(await refusal(run({ ...some, from: "node9" }))).toStartWith("usage: Option --from");
      expect(await refusal(run({ dryRun: true, nodes: ["node9"] }))).toStartWith("cib.not-found");
      expect(ran).toEqual([]);
    });

    test("not where another node is not there, or a VM could not leave", async () => {
      const set = (attributes: Record<string, string | undefined>) =>
        changeCib(environment(), (editor) => editor.setNodeAttributes("node3", attributes), {
          simulate: false,
        });
      await set({ standby: "on" });
      expect(await refusal(run({ nodes: ["node2"] }))).toBe(
        "cluster.refused: Nothing was changed, since the cluster is not ready for it:\n  - node3: it is in standby",
      );
      await set({ standby: undefined });
      await runningVms(file, { bound: [2, "memory: 64\nplacement: {only-on: node2}"] });
      expect(await refusal(run({ nodes: ["node2"] }))).toContain(
        "\n  - node2 cannot be drained: bound: node1: ",
      );
      expect(ran).toEqual([]);
    });

    test("a command that fails stops it, with what is done and how to go on", async () => {
      const command = ["upgrade", "--all"];
      const failing = run({ nodes: ["node2", "node3"], command }, { code: 3, stderr: "no space left\n" });
      const error = await failing.catch((cause: unknown) => cause);
      expect(error).toMatchObject({
        code: "reboot.stopped",
        message:
          "The run has stopped at node2: as the command ran: upgrade --all ended with exit code 3: no space left:\n" +
          "  - done: none\n  - not done: node2, node3",
        hint:
          "After mending the cause, to go on: haven cluster reboot-run --from node2 --command 'upgrade --all' node2 node3; " +
          "to leave node2 as it is and give it back its VMs: haven node resume node2",
      });
      expect(ran).toEqual(["node2: upgrade --all"]);
      expect(file.read().node("node2")?.attributes.get("standby")).toBe("on");
    });

    test("the node that this runs on is left empty, and restarts", async () => {
      const result = await run({ nodes: ["node1"] });
      expect(result).toMatchObject({ committed: true, leaving: "node1", done: [] });
      expect(ran).toEqual(["node1: systemctl reboot"]);
      expect(file.read().node("node1")?.attributes.get("standby")).toBe("on");
    });
  },
);
