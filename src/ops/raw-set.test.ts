import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import { type OptionOwner, rawOptions } from "./raw-options.ts";
import { rawSet } from "./raw-set.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-options-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

const environment = () => fileEnvironment(file.path);
const set = (values: Readonly<Record<string, string>>, of: OptionOwner = "cluster", force = false) =>
  rawSet(environment(), { of, values, force });
const option = async (name: string, of: OptionOwner = "cluster") =>
  (await rawOptions(environment()))[of].find((one) => one.name === name);
const minute = 60_000;

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("crm_attribute") === null)("options", () => {
  beforeEach(() => file.reset());

  test(
    "they are told with their help, set ones with their values",
    async () => {
      expect(await option("stonith-enabled")).toMatchObject({
        ...{ value: "true", set: "cib-bootstrap-options", type: "boolean", default: "true" },
      });
      expect((await option("no-quorum-policy"))?.choices).toContain("freeze");
      expect(await option("no-quorum-policy")).not.toHaveProperty("value");
      expect(await option("resource-stickiness", "resources")).toMatchObject({
        value: "10000",
        set: "rsc-options",
      });
      expect((await option("timeout", "operations"))?.short).not.toBe("");
      expect((await option("dc-version"))?.fixed).toBe("is set by Pacemaker itself");
    },
    5 * minute,
  );

  test(
    "they are set and taken away, each in the set that has it",
    async () => {
      const { plan, committed } = await set({ "placement-strategy": "utilization", "batch-limit": "5" });
      expect(committed).toBe(true);
      expect(plan).toEqual(["~ placement-strategy: balanced → utilization", "+ batch-limit = 5"]);
      expect(file.read().property("batch-limit", "cib-bootstrap-options")).toBe("5");
      expect((await set({ "batch-limit": "" })).plan).toEqual(["- batch-limit"]);
      expect(file.read().property("batch-limit")).toBeUndefined();
      await set({ "resource-stickiness": "50", "migration-threshold": "INFINITY" }, "resources");
      expect([...file.read().resourceDefaults]).toEqual([
        ["resource-stickiness", "50"],
        ["migration-threshold", "INFINITY"],
      ]);
      expect((await set({ timeout: "45s" }, "operations")).plan).toEqual([
        "+ timeout of all operations = 45s",
      ]);
      expect(await option("timeout", "operations")).toMatchObject({ value: "45s", set: "op-options" });
    },
    5 * minute,
  );

  test(
    "what is no option, no value of it, dangerous or somebody else's is refused",
    async () => {
      const before = readFileSync(file.path, "utf8");
      const wrong: readonly (readonly [string, string, string])[] = [
        ["batch-limt", "5", "batch-limt is no option that Pacemaker knows (did you mean batch-limit?)"],
        ["batch-limit", "many", "batch-limit: expected a whole number, found many"],
        ["no-quorum-policy", "maybe", "no-quorum-policy: expected one of stop, freeze"],
        ["cluster-recheck-interval", "often", "expected a time such as 30s or 5min, found often"],
        ["stonith-enabled", "perhaps", "stonith-enabled: expected 1 or 0, found perhaps"],
        ["stonith-enabled", "false", "its VMs could run twice; with --force"],
        ["no-quorum-policy", "ignore", "with --force"],
        ["maintenance-mode", "true", "haven cluster maintenance on|off"],
        ["dc-version", "1", "dc-version is set by Pacemaker itself"],
      ];
      for (const [name, value, said] of wrong) expect(await refusal(set({ [name]: value }))).toContain(said);
      expect(await refusal(set({ "is-managed": "no way" }, "resources"))).toContain("expected 1 or 0");
      expect(await refusal(set({ dc: "1" }, "operations"))).toContain("dc is no option");
      expect(readFileSync(file.path, "utf8")).toBe(before);
      expect((await set({ "site-name": "a" }, "cluster", true)).committed).toBe(true);
      expect(await option("site-name")).toMatchObject({ value: "a" });
      expect((await set({ "site-name": "" })).committed).toBe(true);
    },
    5 * minute,
  );
});
