import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import { vmAction } from "./vm-action.ts";
import { vmAdd } from "./vm-add.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-action-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "actions on a VM",
  () => {
    test("each is the operation of its name, with what the request says", async () => {
      const environment = fileEnvironment(file.path);
      await vmAdd(environment, { texts: [{ file: "vm", text: "name: web1\nmemory: 512" }] });
      const act = (action: "start" | "stop" | "move" | "reset", request = {}) =>
        vmAction(environment, { action, name: "web1", request });
      file.runs({ web1: { node: 1 } });
      expect(await act("stop", { dryRun: true })).toMatchObject({ names: ["web1"], committed: false });
      expect(await act("move", { to: "node2", dryRun: true })).toMatchObject({
        ...{ moved: [{ name: "web1", from: "node1", to: "node2" }], committed: false },
      });
      expect(await refusal(act("reset"))).toStartWith("pacemaker.no-file-action: haven vm reset");
      expect(await act("stop")).toMatchObject({ names: ["web1"], committed: true });
      file.runs({});
      expect(await act("start")).toMatchObject({ names: ["web1"], committed: true });
    }, 60_000);
  },
);
