import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { runningVms } from "../../test/support/running-vms.ts";
import { VmCibFile } from "../../test/support/vm-cib-file.ts";
import { HavenError, printError } from "../base/errors.ts";
import { type ExecOptions, type ExecResult, exec } from "../base/exec.ts";
import { livePacemaker } from "../pacemaker/live.ts";
import type { Environment } from "./environment.ts";
import { planAdd } from "./plan-add.ts";
import { planCapacity } from "./plan-capacity.ts";
import { planDrain } from "./plan-drain.ts";
import { planFail } from "./plan-fail.ts";
import { planRebalance } from "./plan-rebalance.ts";
import { planRemove } from "./plan-remove.ts";
import { planWhy } from "./plan-why.ts";

// Each asks Pacemaker's tools several times.
setDefaultTimeout(120_000);

const dir = mkdtempSync(join(tmpdir(), "haven-plan-no-answer-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

/** A cluster whose crm_simulate does something else; all other tools are Pacemaker's own. */
function withScheduler(simulate: () => Promise<ExecResult>): Environment {
  const run = (argv: readonly string[], options?: ExecOptions): Promise<ExecResult> =>
    argv[0] === "crm_simulate" ? simulate() : exec(argv, options);
  return { ...fileEnvironment(file.path), pacemaker: livePacemaker({ cibFile: file.path, exec: run }) };
}

const ended = (code: number | null, stdout = "", stderr = ""): Promise<ExecResult> =>
  Promise.resolve({ code, signal: code === null ? "SIGKILL" : null, stdout, stderr });
const missing = (): Promise<ExecResult> =>
  Promise.reject(new HavenError("exec.missing", { program: "crm_simulate" }));
const past = () => Promise.resolve([]);

async function told(asked: Promise<unknown>): Promise<string> {
  return await asked.then(
    () => "an answer",
    (error: unknown) => printError(error),
  );
}

describe.skipIf(Bun.which("crm_mon") === null || Bun.which("cibadmin") === null)(
  "a scheduler that does not answer",
  () => {
    beforeEach(async () => {
      file.reset();
      await runningVms(file, { web: [1, "memory: 1024"], db: [1, "memory: 1024"] });
    });

    test("is missing, is killed, or says what is none: what went wrong, and what is known anyway", async () => {
      const fail = (simulate: () => Promise<ExecResult>): Promise<string> =>
        told(planFail(withScheduler(simulate), { nodes: ["node1"] }));
      const gone = await fail(missing);
      expect(gone).toContain("What follows from the loss of node1 is not known");
      expect(gone).toContain("The program crm_simulate is not installed or not in PATH");
      expect(gone).toContain("those that are left have quorum; by sums all VMs find room");
      expect(gone).toContain("apt-get install pacemaker-cli-utils");
      expect(await fail(() => ended(null))).toContain("crm_simulate --run failed: signal SIGKILL");
      expect(await fail(() => ended(0, "Segmentation fault"))).toContain("crm_simulate's output");
      expect(await fail(() => ended(0, "<pacemaker-result><status/></pacemaker-result>"))).toContain(
        "it printed no actions",
      );
      expect(await fail(() => ended(124, "", "Timer expired"))).toContain("Timer expired (exit code 124)");
      const tooNew =
        "Cannot upgrade configuration (claiming schema pacemaker-9.9) to at least pacemaker-3.0 because it does not validate with any schema from unknown to pacemaker-3.9";
      expect(await fail(() => ended(78, "", tooNew))).toContain("its schema pacemaker-9.9 is none of those");
    });

    test("each question says so, and none of them takes it for an answer", async () => {
      const killed = (): Environment => withScheduler(() => ended(null));
      const spec = { texts: [{ file: "x", text: "name: new\nmemory: 64" }] };
      const asked: Readonly<Record<string, () => Promise<unknown>>> = {
        add: () => planAdd(killed(), spec),
        capacity: () => planCapacity(killed()),
        drain: () => planDrain(killed(), { nodes: ["node1"], past }),
        rebalance: () => planRebalance(killed(), { threshold: 0, past }),
        remove: () => planRemove(killed(), { nodes: ["node1"] }),
        why: () => planWhy(killed(), { name: "web", events: past }),
      };
      for (const [name, one] of Object.entries(asked)) {
        expect([name, await told(one())]).toEqual([name, expect.stringContaining("failed: signal SIGKILL")]);
      }
      // Arithmetic needs none.
      expect(await planCapacity(killed(), { quick: true })).toMatchObject({ survived: true });
    });

    test("a configuration that Pacemaker rejects is told in its own words", async () => {
      const plain = fileEnvironment(file.path);
      const broken = file
        .read()
        .toXml()
        .replace("<constraints/>", '<constraints><rsc_location id="x"/></constraints>');
      expect(await told(plain.pacemaker.simulate(broken))).toMatch(
        /^Pacemaker does not accept this configuration: /,
      );
    });
  },
);
