import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import { editSettings } from "../cli/edit-settings.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import { settingsInCib } from "../vm/settings-in-cib.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { settingsApply } from "./settings-apply.ts";
import { settingsShow } from "./settings-show.ts";
import { vmAdd } from "./vm-add.ts";
import { vmApply } from "./vm-apply.ts";
import { vmClone } from "./vm-clone.ts";
import { vmExport } from "./vm-export.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-settings-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

/** As HAVC-II had them. */
const settings = `zones:
  intranet:
    bridge: br0
    vlan: 4
    ipv6-prefix: 2001:620:7a3::/48
    io-weight: 700
    name-suffix: intranet
    ipv4: 192.168.4.0/24
  dmz:
    bridge: br1
    vlan: 5
    ipv4: 192.168.5.0/24
storage:
  - /srv/images
  - /dev
classes:
  whole:
    memory: 1 GiB
    cpu:
      overcommit: false
    policies:
      esc-before-shutdown: true
`;
const hosts = { "kvmguest01.example.org": ["192.168.4.5"] };
const environment = () => fileEnvironment(file.path, true, hosts);
const apply = (text: string) => settingsApply(environment(), { text: { file: "settings.yaml", text } });
const add = (text: string) => vmAdd(environment(), { texts: [{ file: "vm.yaml", text }] });
const specOf = (name: string) => vmsInCib(file.read()).find((entry) => entry.name === name)?.spec;
const guest = "name: kvmguest01-intranet\nclass: whole\nnetworks: [{dns: kvmguest01.example.org}]\n";

/** Says how many cores the nodes have. */
async function nodesHave(cores: number): Promise<void> {
  const { pacemaker } = environment();
  await changeCib({ pacemaker }, (editor) => {
    for (const node of ["node1", "node2", "node3"]) editor.setNodeUtilization(node, { cores });
  });
}

const minute = 60_000;

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)("settings", () => {
  beforeEach(async () => {
    file.reset();
    await apply(settings);
  }, minute);

  test(
    "a VM from a host name has what HAVC-II gave it, and keeps it",
    async () => {
      expect((await settingsShow(environment())).yaml).toBe(settings);
      await add(guest);
      const spec = specOf("kvmguest01-intranet");
      expect(spec).toMatchObject({
        memory: 1024,
        policies: { "esc-before-shutdown": true },
        "io-weight": 700,
        networks: [
          {
            dns: "kvmguest01.example.org",
            zone: "intranet",
            bridge: "br0",
            ipv4: "192.168.4.5",
            ipv6: "2001:620:7a3:4::c0ff:fea8:405",
            mac: "02:00:c0:a8:04:05",
          },
        ],
      });
      expect(spec?.uuid).toMatch(/-0200c0a80405$/);
      // The name now leads elsewhere; what was chosen stays, and what is exported says it.
      const [{ yaml = "" } = {}] = (await vmExport(environment(), { names: ["*"] })).vms;
      expect(yaml).toStartWith(
        "name: kvmguest01-intranet\nclass: whole\nnetworks:\n  - dns: kvmguest01.example.org\n    ipv4: 192.168.4.5\n",
      );
      expect(yaml).toEndWith(
        "\n# networks[0]: zone intranet, 02:00:c0:a8:04:05, 192.168.4.5, 2001:620:7a3:4::c0ff:fea8:405\n",
      );
      for (const text of [guest, yaml, JSON.stringify(spec)]) {
        const elsewhere = fileEnvironment(file.path, true, { "kvmguest01.example.org": ["192.168.5.5"] });
        const texts = [{ file: "vm.yaml", text }];
        expect(await vmApply(elsewhere, { texts, prune: true })).toMatchObject({ names: [] });
      }
      // A clone is another guest in the same zone.
      await vmClone(environment(), { name: "kvmguest01-intranet", clone: "copy-intranet", disks: [] });
      expect(specOf("copy-intranet")?.networks).toEqual([
        { zone: "intranet", bridge: "br0", mac: expect.stringMatching(/^02:/), ipv6: expect.any(String) },
      ]);
      expect(specOf("copy-intranet")?.networks?.[0]?.mac).not.toBe("02:00:c0:a8:04:05");
    },
    2 * minute,
  );

  test(
    "what does not fit is refused, each with its place",
    async () => {
      await nodesHave(4);
      await add(guest);
      const said = await refusal(
        add(
          [
            "name: a\nclass: whole\nnetworks: [{zone: intranet}]",
            "name: b\nclass: whole\ndisks: [{file: /srv/images/b.img}, {file: /srv/imagesb.img}, {block: /dev/vg/b}]",
            "name: c\nclass: hole",
            "name: d-intranet\nclass: whole\nnetworks: [{ipv4: 192.168.4.5}]",
            "name: e\nclass: whole\ncpu: 5",
            "name: f\nclass: whole\nnetworks: [{zone: dmz, ipv4: 192.168.4.9}]",
            "name: g\nclass: whole\nmemory: lots",
          ].join("\n---\n"),
        ),
      );
      for (const part of [
        "vm.yaml:1:1: name: expected a name that ends in -intranet, as those of all VMs in zone intranet, such as a-intranet, found a\n",
        "vm.yaml:7:37: disks[1].file: expected a place in one of the cluster's storage locations /srv/images, /dev, found /srv/imagesb.img\n",
        'vm.yaml:10:1: class: expected one of the classes whole, linux, windows, found "hole" (did you mean whole?)\n',
        "vm.yaml:14:12: networks[0]: expected an address of its own, found 192.168.4.5, which kvmguest01-intranet has\n",
        "vm.yaml:18:1: cpu: expected at most 4 CPUs, which is what the largest node has, found 5; with overcommit: true it may have more\n",
        "vm.yaml:22:24: networks[0].ipv4: expected an address of zone dmz (192.168.5.0/24), found 192.168.4.9\n",
        "vm.yaml:26:1: memory: expected a size such as 512 MiB or 2 GiB, found",
      ]) {
        expect(`${said}\n`).toContain(part);
      }
    },
    2 * minute,
  );

  test(
    "VMs whose class forbids overcommit never have more CPUs than a node has",
    async () => {
      await nodesHave(4);
      const names = ["a", "b", "c"];
      await add(names.map((name) => `name: ${name}\nclass: whole\ncpu: 3`).join("\n---\n"));
      const node = (name: string) => file.read().node(name)?.utilization.get("cores");
      expect(["node1", "node2", "node3"].map(node)).toEqual(["4", "4", "4"]);
      // One CPU waits for nobody, and one that may share does.
      await add("name: d\nclass: whole\n---\nname: e\nclass: whole\ncpu: {count: 3, overcommit: true}");
      const [last] = vmsInCib(file.read()).filter(({ name }) => name === "e");
      expect(last && file.read().nvpairs(last.element, "utilization").has("cores")).toBe(false);
      // There are cores enough, but on no single node: the scheduler says so.
      const asking = environment();
      await vmAdd(asking, { texts: [{ file: "f.yaml", text: "name: f\nclass: whole\ncpu: 2" }] });
      expect(asking.asked.at(-1)?.lines).toContain("f does not start now: no node can take it");
      expect(await refusal(add("name: g\nclass: whole\ncpu: 2"))).toContain(
        "expected VMs without overcommit to have at most the 12 CPUs of node1, node2, node3, found 13 with a, b, c, f",
      );
    },
    2 * minute,
  );

  test(
    "what VMs need stays; what they would be given is said, and nothing restarts",
    async () => {
      await add(`${guest}disks: [{file: /srv/images/one.img}]\n`);
      const before = file.read().version.epoch;
      const [said, storage, none] = [
        await refusal(apply("zones: {dmz: {bridge: br1}}\n")),
        await refusal(apply(settings.replace("/srv/images", "/srv/other"))),
        await refusal(apply(settings.replace("192.168.4.0/24", "192.168.4.64/26"))),
      ];
      expect(said).toContain("settings.refused: The settings are left as they are: VMs need what would go");
      expect(said).toContain("zone intranet is used by kvmguest01-intranet");
      expect(said).toContain("class whole is used by kvmguest01-intranet");
      expect(storage).toContain("the storage location of /srv/images/one.img is used by kvmguest01-intranet");
      expect(none).toContain(
        "an address of zone intranet that it would no longer have, 192.168.4.5, is used by",
      );
      expect(file.read().version.epoch).toBe(before);
      const xml = vmsInCib(file.read())[0]?.xml;
      const asking = environment();
      const text = settings
        .replace("br0", "br7")
        .replace("esc-before-shutdown: true", "graceful-stop: 5 min");
      const result = await settingsApply(asking, { text: { file: "s", text } });
      expect(result.differing).toMatchObject([{ name: "kvmguest01-intranet" }]);
      expect(asking.asked[0]?.lines.join("\n")).toContain(
        'kvmguest01-intranet stays as it is until it is applied or edited again: policies.esc-before-shutdown: no longer true; policies.graceful-stop: now 300; networks[0].bridge: "br0" → "br7"',
      );
      expect(asking.asked[0]?.lines).toContain('~ zones.intranet.bridge: "br0" → "br7"');
      expect(vmsInCib(file.read())[0]?.xml).toBe(xml ?? "");
      // Applied again it has them.
      const [{ yaml = "" } = {}] = (await vmExport(environment(), { names: ["*"] })).vms;
      await vmApply(environment(), { texts: [{ file: "vm", text: yaml }] });
      expect(specOf("kvmguest01-intranet")).toMatchObject({ networks: [{ bridge: "br7" }] });
      expect((await settingsApply(environment(), { text: { file: "s", text } })).differing).toEqual([]);
    },
    2 * minute,
  );

  test(
    "an edit with a mistake is opened again; one that comes too late is kept",
    async () => {
      const seen: string[] = [];
      const said: string[] = [];
      const edits = ["  - srv", "  - /srv"];
      const edit = async (change: (path: string, text: string) => unknown) =>
        await editSettings(
          environment(),
          { err: (line) => void said.push(line) },
          {
            dryRun: false,
            open: async (path) => {
              seen.push(readFileSync(path, "utf8"));
              await change(path, seen.at(-1) ?? "");
              return 0;
            },
          },
        );
      const result = await edit((path, text) =>
        writeFileSync(path, text.replace(/^ {2}- .*srv.*$/m, edits.shift() ?? "")),
      );
      expect(seen[1]).toStartWith(
        "#! settings:14:5: storage[0]: expected an absolute path without . or .. in it",
      );
      expect(result?.changes).toEqual([{ field: "storage[0]", from: "/srv/images", to: "/srv" }]);
      expect(await edit(() => undefined)).toBeUndefined();
      const late = edit(async (path, text) => {
        await apply(settings);
        writeFileSync(path, text.replace("br1", "br2"));
      });
      expect(await refusal(late)).toBe(
        "settings.refused: The settings were changed by someone else meanwhile, and are left as they are now",
      );
      expect(readFileSync(said.at(-1)?.replace("The text is kept in ", "") ?? "", "utf8")).toContain("br2");
      expect((await settingsInCib(file.read())).zones?.dmz?.bridge).toBe("br1");
    },
    2 * minute,
  );

  test(
    "without settings an edit begins with an example that changes nothing; spoilt ones are written anew",
    async () => {
      await apply("");
      const found = await editSettings(
        environment(),
        { err: () => undefined },
        {
          dryRun: false,
          open: async (path) => {
            expect(readFileSync(path, "utf8")).toContain("# zones:\n#   intranet:");
            return 0;
          },
        },
      );
      expect(found).toBeUndefined();
      const { pacemaker } = environment();
      await changeCib({ pacemaker }, (editor) => editor.setProperties({ zones: "{" }, "haven-settings"));
      expect(await refusal(add("name: a\nmemory: 1G"))).toContain(
        "settings.invalid: property set haven-settings",
      );
      await apply(settings);
      expect((await settingsShow(environment())).yaml).toBe(settings);
    },
    2 * minute,
  );
});
