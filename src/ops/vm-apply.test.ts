import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import type { Libvirt } from "../libvirt/client.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import type { Environment } from "./environment.ts";
import { vmAdd } from "./vm-add.ts";
import { vmApply } from "./vm-apply.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-vm-apply-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

const texts = (text: string) => [{ file: "vms.yaml", text }];
const two = "name: a\nmemory: 1G\n---\nname: b\nmemory: 1G\nplacement: {prefer: node2}\n";

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)("vm apply", () => {
  beforeEach(() => file.reset());

  test("adds, changes and leaves alone, as one change", async () => {
    const environment = fileEnvironment(file.path);
    expect(await vmApply(environment, { texts: texts(two) })).toMatchObject({
      created: ["a", "b"],
      committed: true,
    });
    const epoch = file.read().version.epoch;
    const again = await vmApply(environment, { texts: texts(two) });
    expect(again).toMatchObject({ names: [], unchanged: ["a", "b"], committed: false });
    expect(file.read().version.epoch).toBe(epoch);
    file.runs({ a: { node: 1 }, b: { node: 2 } });
    const next = `${two.replace("1G", "2G")}---\nname: c\nmemory: 1G\n`;
    const before = vmsInCib(file.read());
    const result = await vmApply(environment, { texts: texts(next) });
    expect(result).toMatchObject({
      created: ["c"],
      changed: [{ name: "a", changes: [{ field: "memory", from: 1024, to: 2048 }] }],
      unchanged: ["b"],
      plan: ["+ c is added", "~ a is changed: memory: 1024 → 2048"],
    });
    expect(result.effect).toContain("a takes new settings on node1");
    expect(environment.asked.at(-1)?.question).toBe("Add 1, change 1 VMs?");
    expect(environment.asked.at(-1)?.lines).toEqual([...result.plan, ...result.effect]);
    const after = vmsInCib(file.read());
    expect(after.map(({ name, memory }) => [name, memory])).toEqual([
      ["a", 2048],
      ["b", 1024],
      ["c", 1024],
    ]);
    expect(after[0]?.spec?.uuid).toBe(before[0]?.spec?.uuid ?? "");
    expect(after[0]?.xml).toContain("<memory unit='MiB'>2048</memory>");
    expect(await environment.pacemaker.verify()).toEqual([]);
  });

  test("what an administrator has set by hand stays", async () => {
    const environment = fileEnvironment(file.path);
    await vmAdd(environment, { texts: texts("name: a\nmemory: 1G\npriority: 3") });
    const { changeCib } = await import("../pacemaker/change-cib.ts");
    await changeCib(environment, (editor) => {
      editor.setNvpairs("vm-a", "meta_attributes", { "migration-threshold": 9, "target-role": "Stopped" });
      editor.setNvpairs("vm-a", "utilization", { memory: 100 });
    });
    await vmApply(environment, { texts: texts("name: a\nmemory: 1G\nmigration: {allowed: false}") });
    const cib = file.read();
    const primitive = cib.byId("vm-a");
    const meta = primitive && Object.fromEntries(cib.nvpairs(primitive, "meta_attributes"));
    expect(meta).toEqual({
      "allow-migrate": "false",
      priority: "1",
      "migration-threshold": "9",
      "failure-timeout": "600s",
      "target-role": "Stopped",
    });
    expect(primitive && cib.nvpairs(primitive, "utilization").get("memory")).toBe("100");
  });

  test("a VM that Pacemaker would restart is not restarted by surprise", async () => {
    const environment = fileEnvironment(file.path);
    await vmApply(environment, { texts: texts(two) });
    file.runs({ a: { node: 1, found: true }, b: { node: 2 } });
    const before = readFileSync(file.path, "utf8");
    const change = texts("name: a\nmemory: 2G");
    expect(await refusal(vmApply(environment, { texts: change }))).toMatch(
      /^vm.refused: a would be restarted instead of taking the change while it runs: .* found it running on node1 after a refresh/,
    );
    const dry = await vmApply(environment, { texts: change, dryRun: true });
    expect(dry.effect).toContainEqual(
      expect.stringMatching(/^Refused without --force: a would be restarted/),
    );
    expect(readFileSync(file.path, "utf8")).toBe(before);
    expect(await vmApply(environment, { texts: change, force: true })).toMatchObject({ committed: true });
  });

  test("a VM that is not named is not stopped by surprise", async () => {
    const environment = fileEnvironment(file.path);
    await vmApply(environment, { texts: texts(two) });
    file.runs({ a: { node: 1 }, b: { node: 2 } });
    const rivals = ["c", "d", "e"].map((name) => `name: ${name}\nmemory: 4G\npriority: 9\n`);
    const rival = texts(rivals.join("---\n"));
    expect(await refusal(vmApply(environment, { texts: rival }))).toMatch(
      /^vm.refused: [ab] would be stopped on node/,
    );
  });

  test("prune removes what no file names, and says so first", async () => {
    const environment = fileEnvironment(file.path);
    await vmApply(environment, {
      texts: texts(`${two}---\nname: c\nmemory: 128\ndisks: [{file: /srv/c.img}]`),
    });
    await vmApply(environment, { texts: texts("name: a\nmemory: 1G") });
    expect(vmsInCib(file.read())).toHaveLength(3);
    const result = await vmApply(environment, { texts: texts("name: a\nmemory: 1G"), prune: true });
    expect(result).toMatchObject({ removed: ["b", "c"], created: [], unchanged: ["a"] });
    expect(result.plan).toEqual(["- b is removed", "- c is removed; left alone: /srv/c.img"]);
    expect(environment.asked.at(-1)?.question).toBe("Remove 2 VMs?");
    expect(vmsInCib(file.read()).map(({ name }) => name)).toEqual(["a"]);
    expect(file.read().constraints).toEqual([]);
  });

  test("prune stops what runs before it takes it out", async () => {
    const environment = fileEnvironment(file.path);
    await vmApply(environment, {
      texts: texts(`${two}---\nname: c\nmemory: 128\ndisks: [{file: /srv/c.img}]`),
    });
    file.runs({ c: { node: 3 } });
    // Its disk is not free as long as it runs.
    const heir = texts(`${two}---\nname: d\nmemory: 128\ndisks: [{file: /srv/c.img}]`);
    expect(await refusal(vmApply(environment, { texts: heir, prune: true }))).toContain(
      "/srv/c.img, which c uses",
    );
    const result = await vmApply(environment, { texts: texts(two), prune: true });
    expect(result.effect).toContainEqual(expect.stringMatching(/^c stops on node3/));
    expect(vmsInCib(file.read()).map(({ name }) => name)).toEqual(["a", "b"]);
  });

  test("what waits for the next start is said", async () => {
    const configured = fileEnvironment(file.path);
    await vmApply(configured, { texts: texts(two) });
    file.runs({ a: { node: 1 }, b: { node: 2 } });
    const running = vmsInCib(file.read()).find(({ name }) => name === "a")?.xml ?? "";
    const waited: string[] = [];
    const libvirt = {
      domainLookupByUUID: (uuid: string) => Promise.resolve({ name: "a", uuid, id: 1 }),
      domainGetXMLDesc: () => Promise.resolve(running),
    };
    const environment: Environment = {
      ...configured,
      isLive: true,
      pacemaker: Object.assign(Object.create(configured.pacemaker), {
        waitIdle: () => Promise.resolve(waited.push("idle") > 0),
      }),
      libvirt: (node = "") => {
        waited.push(node);
        return Promise.resolve(libvirt as unknown as Libvirt);
      },
    };
    const result = await vmApply(environment, {
      texts: texts("name: a\nmemory: 1G\ncpu: 2\nhypervisor: kvm"),
    });
    expect(result.pending).toEqual([{ name: "a", pending: ["most processors: 1 → 2", "processors: 1 → 2"] }]);
    // Before that, nodes were asked how many cores they have.
    expect(waited.slice(waited.indexOf("idle"))).toEqual(["idle", "node1"]);
    const quick = await vmApply(environment, { texts: texts("name: a\nmemory: 1G\ncpu: 3"), noWait: true });
    expect(quick).toMatchObject({ committed: true, pending: [] });
    expect(waited.filter((one) => one === "idle")).toHaveLength(1);
  });

  test("all problems are told at once", async () => {
    const environment = fileEnvironment(file.path);
    await vmApply(environment, {
      texts: texts(
        `${two}---\nname: c\nmemory: 1G\ndisks: [{file: /srv/c.img}]\nnetworks: [{bridge: br0, mac: "02:00:00:00:00:01"}]`,
      ),
    });
    const bad =
      "name: x\nmemory: 1G\ndisks: [{file: /srv//c.img}]\nnetworks: [{bridge: br0, mac: '02:00:00:00:00:01'}]\n" +
      "---\nname: y\nmemory: 1G\nplacement:\n  only-on: node9\n  after: x\n  together-with: y\n" +
      "---\nname: z\nmemory: 1G\nplacement: {apart-from: a, together-with: a}\nxml: {devices: \"<hostdev mode='subsystem' type='usb'/>\"}";
    const text = await refusal(vmApply(environment, { texts: texts(bad) }));
    expect(text.split("\n").map((line) => line.trim())).toEqual([
      "vm.invalid: 6 problems, nothing was changed",
      "vms.yaml:9:3: placement.only-on[0]: expected a node of the cluster, found node9 (did you mean node1?)",
      "vms.yaml:15:1: placement.only-on: expected only-on with the node that has the VM's host devices, found nothing: a USB or PCI device stays where it is",
      "vms.yaml:11:3: placement.together-with[0]: expected another VM, found the VM itself",
      "vms.yaml:15:13: placement.apart-from[0]: expected VMs that z need not be together with, found a, which must run where z does",
      "vms.yaml:3:10: disks[0].file: expected a disk of its own, found /srv//c.img, which c uses as /srv/c.img; to share it both must say shareable: true, or both readonly: true",
      "vms.yaml:4:26: networks[0].mac: expected a MAC address of its own, found 02:00:00:00:00:01, which c has; without the field it gets one",
    ]);
  });
});
