import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import { cibProblems } from "../pacemaker/cib-problems.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { xml } from "../xml/element.ts";
import { vmAdd } from "./vm-add.ts";
import { vmApply } from "./vm-apply.ts";
import { vmClone } from "./vm-clone.ts";
import { vmDiffFiles, vmDiffNames } from "./vm-diff.ts";
import { vmExport } from "./vm-export.ts";
import { vmPrefer } from "./vm-prefer.ts";
import { vmRemove } from "./vm-remove.ts";
import { vmRename } from "./vm-rename.ts";

// Each asks Pacemaker's tools several times.
setDefaultTimeout(60_000);

const dir = mkdtempSync(join(tmpdir(), "haven-vm-config-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

const texts = (text: string) => [{ file: "vms.yaml", text }];
const entryOf = (name: string) => vmsInCib(file.read()).find((entry) => entry.name === name);
const constraints = (): readonly string[] => file.read().constraints.map((one) => one.get("id") ?? "");

const a = `name: a
labels: web
memory: 1G
disks: [{file: /srv/a.img, bus: sata}, {file: /srv/tools.iso, readonly: true}]
networks: [{bridge: br0, mac: "02:00:00:00:00:01"}]
placement: {prefer: node1, apart-from: label=web}
`;
const b =
  "name: b\nlabels: web\nmemory: 1G\nplacement: {apart-from: [label=web, c], after: a}\npolicies: {guest-fence: [a, c]}\n---\nname: c\nmemory: 128\n";

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "configuring VMs",
  () => {
    const environment = () => fileEnvironment(file.path);
    beforeEach(async () => {
      file.reset();
      await vmAdd(environment(), { texts: texts(`${a}---\n${b}`) });
    });

    test("labels and placement become constraints", async () => {
      expect(constraints()).toEqual([
        "vm-a.prefer.node1",
        "vm-b.apart-from.c",
        "vm-b.after.a",
        "vm-b.after.a.stop",
        "vms.apart-from.web",
      ]);
      expect(await environment().pacemaker.verify()).toEqual([]);
      const asking = environment();
      await vmRemove(asking, { names: ["c"] });
      expect(asking.asked.at(-1)?.lines).toContain(
        "The placement of b goes on naming what is removed: haven vm edit b",
      );
      expect(asking.asked.at(-1)?.lines).toContain(
        "The guest-fence of b goes on naming what is removed: haven vm edit b",
      );
      expect(constraints()).not.toContain("vm-b.apart-from.c");
      await vmRemove(environment(), { names: ["label=web"] });
      expect(constraints()).toEqual([]);
      expect(vmsInCib(file.read())).toEqual([]);
    });

    test("what is exported is what is there", async () => {
      const { vms: exported } = await vmExport(environment(), { names: ["*"] });
      expect(exported.map(({ name }) => name)).toEqual(["a", "b", "c"]);
      const all = texts(exported.map(({ yaml }) => yaml).join("---\n"));
      expect(await vmApply(environment(), { texts: all, prune: true })).toMatchObject({
        names: [],
        unchanged: ["a", "b", "c"],
      });
      const [written] = (await vmExport(environment(), { names: ["c"], dir })).vms;
      expect(readFileSync(written?.file ?? "", "utf8")).toBe(written?.yaml ?? "");
      expect(
        await refusal(vmExport(environment(), { names: [], all: true, dir: join(dir, "no") })),
      ).toContain("its folder does not exist");
    });

    test("a VM without a specification is neither exported with all nor pruned", async () => {
      await changeCib(environment(), (editor) =>
        editor.setNvpairs("vm-c", "instance_attributes", { spec: undefined }),
      );
      expect(await vmExport(environment(), { names: [], all: true })).toMatchObject({ left: ["c"] });
      expect(await refusal(vmExport(environment(), { names: ["c"] }))).toStartWith(
        "vm.refused: c has no specification",
      );
      const result = await vmApply(environment(), { texts: texts(a), prune: true });
      expect(result.removed).toEqual(["b"]);
      expect(entryOf("c")).toBeDefined();
    });

    test("differences of files, and of what is in the cluster", async () => {
      const found = await vmDiffFiles(
        environment(),
        texts(`${a.replace("1G", "2G")}---\n${b}---\nname: d\nmemory: 1G`),
      );
      expect(found.map(({ name, state, changes }) => [name, state, changes])).toEqual([
        ["d", "new", []],
        ["a", "differs", [{ field: "memory", from: 1024, to: 2048 }]],
        ["b", "same", []],
        ["c", "same", []],
      ]);
      await changeCib(environment(), (editor) => {
        const text = entryOf("a")?.xml?.replace("1024", "4096");
        editor.setNvpairs("vm-a", "instance_attributes", { xml: text });
      });
      expect(await vmDiffNames(environment(), ["a", "c"])).toMatchObject([
        {
          name: "a",
          state: "differs",
          drift: ["most memory: 4096 MiB → 1024 MiB", "memory: 4096 MiB → 1024 MiB"],
        },
        { name: "c", state: "same" },
      ]);
    });

    test("a VM that is stopped gets another name, everywhere", async () => {
      expect(await refusal(vmRename(environment(), { name: "a", to: "x" }))).toStartWith(
        "vm.refused: a cannot be renamed",
      );
      const uuid = entryOf("a")?.spec?.uuid ?? "";
      await changeCib(environment(), (editor) => {
        editor.setNvpairs("vm-a", "meta_attributes", { "target-role": "Stopped", "migration-threshold": 9 });
        editor.addConstraint(xml("rsc_location", { id: "by-hand", rsc: "vm-a", node: "node3", score: 7 }));
        editor.add(editor.section("tags"), xml("tag", { id: "mine" }, [xml("obj_ref", { id: "vm-a" })]));
      });
      expect(await refusal(vmRename(environment(), { name: "a", to: "b" }))).toContain(
        "which the cluster has already",
      );
      expect(await vmRename(environment(), { name: "a", to: "x" })).toMatchObject({
        names: ["x"],
        committed: true,
      });
      const cib = file.read();
      expect(cibProblems(cib)).toEqual([]);
      const x = entryOf("x");
      expect(x?.spec).toMatchObject({ name: "x", uuid });
      expect(x?.xml).toContain("<name>x</name>");
      expect(x?.element && cib.nvpairs(x.element, "meta_attributes").get("migration-threshold")).toBe("9");
      expect([...constraints()].sort()).toEqual([
        "by-hand",
        "vm-b.after.x",
        "vm-b.after.x.stop",
        "vm-b.apart-from.c",
        "vm-x.prefer.node1",
        "vms.apart-from.web",
      ]);
      expect(entryOf("b")?.spec?.placement?.after).toEqual([{ vm: "x" }]);
      expect(entryOf("b")?.spec?.policies).toEqual({ "guest-fence": ["x", "c"] });
      expect(cib.byId("by-hand")?.get("rsc")).toBe("vm-x");
      expect(cib.byId("mine")?.child("obj_ref")?.get("id")).toBe("vm-x");
      expect(await environment().pacemaker.verify()).toEqual([]);
    });

    test("a clone has an identity and disks of its own", async () => {
      expect(await refusal(vmClone(environment(), { name: "a", clone: "a2", disks: [] }))).toBe(
        "usage: a has 1 disk to be given anew, and 0 were given",
      );
      expect(
        await refusal(vmClone(environment(), { name: "a", clone: "a2", disks: ["/srv/a.img"] })),
      ).toContain("which a uses");
      await vmClone(environment(), { name: "a", clone: "a2", disks: ["/dev/vg/a2"], stopped: true });
      const [old, clone] = [entryOf("a"), entryOf("a2")];
      expect(clone?.spec).toMatchObject({
        name: "a2",
        labels: ["web"],
        memory: 1024,
        disks: [
          { block: "/dev/vg/a2", bus: "sata" },
          { file: "/srv/tools.iso", readonly: true },
        ],
        placement: { prefer: ["node1"] },
      });
      expect(clone?.spec?.uuid).not.toBe(old?.spec?.uuid);
      expect(clone?.spec?.networks?.[0]?.mac).not.toBe("02:00:00:00:00:01");
      expect(clone?.targetRole).toBe("Stopped");
      await vmAdd(environment(), {
        texts: texts(
          "name: u\nmemory: 1G\nfirmware: uefi\ntpm: true\ngraphics: {type: vnc, port: 5901}\ndisks: [{file: /srv/u.img, serial: one}]",
        ),
      });
      await vmClone(environment(), { name: "u", clone: "u2", disks: ["/srv/u2.img"] });
      const own = entryOf("u2");
      expect(own?.spec).toMatchObject({ graphics: { type: "vnc" }, disks: [{ file: "/srv/u2.img" }] });
      expect(JSON.stringify(own?.spec)).not.toMatch(/5901|serial|"\/srv\/u\./);
    });

    test("preferred nodes", async () => {
      file.runs({ a: { node: 2 }, b: { node: 3 } });
      const run = (options: Parameters<typeof vmPrefer>[1]) => vmPrefer(environment(), options);
      await run({ names: ["c"], nodes: ["node3", "node1"] });
      expect(constraints()).toEqual(expect.arrayContaining(["vm-c.prefer.node3", "vm-c.prefer.node1"]));
      expect(await run({ names: ["a", "b"], nodes: "here" })).toMatchObject({ names: ["a", "b"] });
      expect(entryOf("a")?.spec?.placement).toMatchObject({
        prefer: ["node2"],
        "apart-from": [{ label: "web" }],
      });
      expect(constraints()).not.toContain("vm-a.prefer.node1");
      expect(await run({ names: [], nodes: "here", running: "node3" })).toMatchObject({
        names: [],
        unchanged: ["b"],
      });
      expect(await refusal(run({ names: ["c"], nodes: "here" }))).toStartWith("vm.refused: c is stopped");
      await run({ names: ["*"], nodes: [] });
      expect(constraints().filter((id) => id.includes(".prefer."))).toEqual([]);
      expect(entryOf("c")?.spec?.placement).toBeUndefined();
      expect(await refusal(run({ names: ["a"], nodes: ["node7"] }))).toContain(
        "expected a node of the cluster",
      );
    });
  },
);
