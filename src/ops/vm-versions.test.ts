import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import { run } from "../base/exec.ts";
import { VersionStore } from "../history/version-store.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { vmApply } from "./vm-apply.ts";
import { vmRemove } from "./vm-remove.ts";
import { vmRevert } from "./vm-revert.ts";
import { vmDiffVersion, vmVersionShow, vmVersions } from "./vm-versions.ts";

const minute = 60_000;
const dir = mkdtempSync(join(tmpdir(), "haven-versions-"));
afterAll(() => rmSync(dir, { recursive: true }));

describe.skipIf(Bun.which("crm_simulate") === null)("versions of VMs, on a CIB file", () => {
  const file = new VmCibFile(join(dir, "cib.xml"));
  let store: VersionStore;
  beforeEach(() => {
    file.reset();
    store = VersionStore.open(join(dir, `${crypto.randomUUID()}.db`));
  });
  afterEach(() => store.close());

  const world = (answer = true) => ({
    ...fileEnvironment(file.path, answer),
    history: () => Promise.resolve(store),
  });
  const apply = async (text: string): Promise<void> => {
    await vmApply(world(), { texts: [{ file: "vms.yaml", text }], stopped: true });
    await vmVersions(world(), { names: ["*"] });
  };
  const tool = async (argv: readonly string[]): Promise<void> => {
    await run(argv, { env: { CIB_file: file.path } });
    await vmVersions(world(), { names: ["*"] });
  };
  const kinds = async (name: string): Promise<readonly string[]> => {
    const [found] = await vmVersions(world(), { names: [name] });
    return (found?.versions ?? []).map(({ kind, changes }) =>
      [kind, ...changes.map(({ field, from, to }) => `${field} ${from}→${to}`)].join(" "),
    );
  };
  const entry = (name: string) => vmsInCib(file.read()).find((one) => one.name === name);

  test(
    "each change is a version, whoever made it; going back makes it what it was",
    async () => {
      await apply("name: web\nmemory: 512\nplacement: {prefer: node1}");
      const first = entry("web");
      await apply("name: web\nmemory: 1024\nplacement: {prefer: node2}");
      await tool([
        "crm_resource",
        "-r",
        "vm-web",
        "--meta",
        "--set-parameter",
        "priority",
        "--parameter-value",
        "7",
      ]);
      await tool([
        "crm_resource",
        "-r",
        "vm-web",
        "--set-parameter",
        "force_stop",
        "--parameter-value",
        "true",
      ]);
      expect(await kinds("web")).toEqual([
        "changed parameters.force_stop undefined→true",
        "changed meta.priority 1→7",
        "changed memory 512→1024 placement.prefer[0] node1→node2",
        "first",
      ]);
      const [listed] = await vmVersions(world(), { names: ["w*"] });
      const oldest = listed?.versions.at(-1)?.id ?? "";
      expect(listed?.versions.map(({ current }) => current)).toEqual([true, false, false, false]);

      const shown = await vmVersionShow(world(), { name: "web", version: oldest });
      expect(shown.yaml).toContain("memory: 512 MiB");
      expect(
        (await vmDiffVersion(world(), { name: "web", version: oldest })).changes.map(({ field }) => field),
      ).toEqual(["memory", "placement.prefer[0]", "parameters.force_stop", "meta.priority"]);

      const environment = world();
      const back = await vmRevert(environment, { name: "web", version: oldest });
      expect(back).toMatchObject({ committed: true, changed: [{ name: "web" }], version: oldest });
      expect(environment.asked[0]?.question).toBe(`Make web version ${oldest} again?`);
      expect(environment.asked[0]?.lines[0]).toBe(
        '~ web is changed: memory: 1024 → 512; placement.prefer[0]: "node2" → "node1"; parameters.force_stop: no longer "true"; meta.priority: "7" → "1"',
      );
      expect(entry("web")).toMatchObject({
        xml: first?.xml,
        spec: first?.spec,
        priority: 1,
        targetRole: "Stopped",
      });
      expect(file.read().constraints.map((one) => one.get("node"))).toEqual(["node1"]);
      expect((await kinds("web"))[0]).toBe(
        "changed memory 1024→512 placement.prefer[0] node2→node1 parameters.force_stop true→undefined meta.priority 7→1",
      );
      expect(await vmRevert(world(), { name: "web", version: oldest })).toMatchObject({ committed: false });
      // Without a number: the one before.
      expect(await vmRevert(world(), { name: "web" })).toMatchObject({ committed: true });
      expect(entry("web")).toMatchObject({ memory: 1024, priority: 7 });
      expect(await environment.pacemaker.verify()).toEqual([]);
    },
    minute,
  );

  test(
    "one that was removed comes back, stopped, with its identity",
    async () => {
      await apply("name: web\nmemory: 512\nplacement: {prefer: node3}\n---\nname: db\nmemory: 256");
      const before = entry("web");
      await vmRemove(world(), { names: ["web"] });
      expect((await kinds("web")).slice(0, 1)).toEqual(["removed"]);
      expect(await vmDiffVersion(world(), { name: "web", version: (await first("web")).id })).toMatchObject({
        state: "new",
      });
      const dry = await vmRevert(world(), { name: "web", dryRun: true });
      expect(dry).toMatchObject({ committed: false, plan: ["+ web is added"] });
      expect(entry("web")).toBeUndefined();
      await vmRevert(world(), { name: "web" });
      expect(entry("web")).toMatchObject({ xml: before?.xml, spec: before?.spec, targetRole: "Stopped" });
      expect(file.read().constraints.map((one) => one.get("node"))).toEqual(["node3"]);
      await vmRemove(world(), { names: ["web"] });
      await vmRevert(world(), { name: "web", start: true });
      expect(entry("web")?.targetRole).toBeUndefined();
    },
    minute,
  );

  test(
    "what cannot go back is refused, and changes nothing",
    async () => {
      await apply("name: web\nmemory: 512\ndisks: [{block: /dev/null}]");
      await apply("name: web\nmemory: 640\ndisks: []");
      // Another VM has taken the disk meanwhile.
      await apply("name: db\nmemory: 256\ndisks: [{block: /dev/null}]");
      const before = readFileSync(file.path, "utf8");
      expect(await refusal(vmRevert(world(), { name: "web" }))).toContain("db");
      expect(await refusal(vmRevert(world(), { name: "web", version: "999" }))).toStartWith(
        "history.no-version",
      );
      expect(await refusal(vmRevert(world(), { name: "wbe" }))).toStartWith("vm.not-found");
      expect(await refusal(vmRevert(world(), { name: "db" }))).toStartWith("history.no-version");
      expect(await refusal(vmRevert(world(false), { name: "web" }))).not.toBe("");
      expect(readFileSync(file.path, "utf8")).toBe(before);
    },
    minute,
  );

  test(
    "a change that would restart a VM that runs is refused without --force",
    async () => {
      await apply("name: web\nmemory: 512");
      await apply("name: web\nmemory: 768");
      await tool(["crm_resource", "-r", "vm-web", "--meta", "--delete-parameter", "target-role"]);
      file.runs({ web: { node: 1, found: true } });
      expect(await refusal(vmRevert(world(), { name: "web" }))).toContain("would be restarted");
      expect(await vmRevert(world(), { name: "web", force: true })).toMatchObject({ committed: true });
    },
    minute,
  );

  const first = async (name: string) => {
    const [found] = await vmVersions(world(), { names: [name] });
    const version = found?.versions.at(-1);
    if (version === undefined) throw new Error(`${name} has no version`);
    return version;
  };
});
