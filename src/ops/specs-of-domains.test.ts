import { afterAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import { writeSettings } from "../vm/settings-in-cib.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { specsOfDomains } from "./specs-of-domains.ts";
import { vmAdd } from "./vm-add.ts";
import { vmApply } from "./vm-apply.ts";
import { vmExport } from "./vm-export.ts";

// libvirt's schema takes its time to load.
setDefaultTimeout(60_000);

const dir = mkdtempSync(join(tmpdir(), "haven-domains-"));
const file = new VmCibFile(join(dir, "cib.xml"));
beforeEach(() => file.reset());
afterAll(() => rmSync(dir, { recursive: true }));

const hard: Readonly<Record<string, string>> = JSON.parse(
  readFileSync("test/fixtures/foreign-domains.json", "utf8"),
);

async function add(text: string, options: Parameters<typeof specsOfDomains>[1] = {}): Promise<string> {
  return await refusal(
    (async () => {
      const texts = await specsOfDomains([{ file: "x.xml", text }], options);
      await vmAdd(fileEnvironment(file.path), { texts });
    })(),
  );
}

const running = hard["running guest"] ?? "";

test("a domain of another origin is a VM as any other, counted, preferred, and kept whole", async () => {
  expect(await add(running, { name: "old1", prefer: ["node2", "node1"] })).toBe("no refusal");
  const [vm] = vmsInCib(file.read());
  expect(vm).toMatchObject({ name: "old1", memory: 96, cpu: 1 });
  expect(vm?.spec?.placement).toEqual({ prefer: ["node2", "node1"] });
  expect(vm?.spec?.uuid).toBe("11111111-2222-4333-8444-555555555555");
  expect(vm?.xml).toContain("<name>old1</name>");
  expect(vm?.xml).toContain("<address type='pci' domain='0x0000' bus='0x03'");
  expect(file.read().byId("vm-old1.prefer.node2")?.get("score")).toBe("1000");
});

test("the cluster's defaults add nothing to a domain, then or when its specification is read again", async () => {
  const editor = new CibEditor(file.read());
  writeSettings(editor, {
    defaults: { graphics: { type: "vnc" }, watchdog: { action: "reset" }, rng: false },
  });
  writeFileSync(file.path, editor.cib.toXml());
  expect(await add(running, { name: "old1" })).toBe("no refusal");
  const [vm] = vmsInCib(file.read());
  expect(vm?.xml).not.toContain("watchdog");
  const [exported] = (await vmExport(fileEnvironment(file.path), { names: ["old1"] })).vms;
  const texts = [{ file: "old1.yaml", text: exported?.yaml ?? "" }];
  const again = await vmApply(fileEnvironment(file.path), { texts });
  expect([again.changed, vmsInCib(file.read())[0]?.xml]).toEqual([[], vm?.xml]);
});

test("its name, UUID, disks and addresses are checked as any other VM's", async () => {
  expect(await add(running)).toContain("x.xml: name: expected a name of at most 63 small letters");
  expect(await add(running, { name: "old1" })).toBe("no refusal");
  const second = await add(running, { name: "old2" });
  for (const clash of [
    "UUID of its own",
    "disk of its own, found /srv/shared/images/old1.qcow2",
    "MAC address of its own",
  ])
    expect(second).toContain(clash);
  expect(await add(hard["a few lines"] ?? "", { name: "old1" })).toContain("expected a new name, found old1");
  expect(await add(running, { name: "old3", prefer: ["node9"] })).toContain(
    "expected a node of the cluster, found node9",
  );
});

test("what its size cannot be, or where it cannot run, is refused", async () => {
  const large = running.replaceAll("98304", String(64 * 1024 ** 2));
  expect(await add(large, { name: "large" })).toContain("expected at most 4096 MiB");
  expect(await add(hard.numa ?? "")).toContain("placement.only-on: expected only-on with the node");
});

test("what is no domain is refused, each file with its reason", async () => {
  expect(await add("<domain type='kvm'><memory>1")).toContain(
    "x.xml:1:29: expected the XML of one domain, but it ends inside <memory>",
  );
  expect(await add(`${hard.auto}${hard.auto}`)).toContain("give each domain a file of its own");
  const files = ["<a/>", "<b/>"].map((text, i) => ({ file: `${i}.xml`, text }));
  expect(await refusal(specsOfDomains(files))).toMatch(/0\.xml: expected.*\n.*1\.xml: expected/);
  expect(await refusal(specsOfDomains(files, { name: "x" }))).toContain(
    "--name is for one domain, and 2 files",
  );
});
