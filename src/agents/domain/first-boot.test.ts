import { afterAll, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readXml } from "../../xml/read.ts";
import { firstBoot } from "./first-boot.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-first-boot-"));
afterAll(() => rmSync(dir, { recursive: true }));
const folder = join(dir, "web1.install");
const domain = readXml(
  "<domain type='kvm'><name>web1</name><os><type machine='q35'>hvm</type><boot dev='hd'/></os><on_reboot>restart</on_reboot><devices/></domain>",
);
const spec = { name: "web1", install: { folder, preseed: "/root/answers", cmdline: "locale=de_CH" } };

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(`${folder}/once`, "");
});

test("the installer boots once, and its reboot ends the domain", () => {
  const first = readXml(firstBoot(spec, domain)?.xml ?? "");
  expect(first.child("os")?.children.map(({ name, text }) => [name, text])).toEqual([
    ["type", "hvm"],
    ["kernel", `${folder}/kernel`],
    ["initrd", `${folder}/initrd`],
    ["cmdline", "console=ttyS0 auto=true priority=critical hostname=web1 locale=de_CH"],
  ]);
  expect(first.at("os", "type")?.get("machine")).toBe("q35");
  expect(first.child("on_reboot")?.text).toBe("destroy");
  expect(existsSync(`${folder}/once`)).toBe(false);
  expect(firstBoot(spec, domain)).toBeUndefined();
  // The domain as it is for all later starts is not touched.
  expect(domain.at("os", "boot")?.get("dev")).toBe("hd");
});

test("what libvirt refused may be tried again", () => {
  const first = firstBoot(spec, domain);
  first?.giveBack();
  expect(firstBoot(spec, domain)).toBeDefined();
});

test("without the mark, or without its storage, the VM boots from its disk", () => {
  rmSync(`${folder}/once`);
  expect(firstBoot(spec, domain)).toBeUndefined();
  rmSync(folder, { recursive: true });
  expect(firstBoot(spec, domain)).toBeUndefined();
  expect(firstBoot({ name: "web1" }, domain)).toBeUndefined();
  expect(firstBoot({ name: "web1", install: "yes" }, domain)).toBeUndefined();
  expect(firstBoot({ name: "web1", install: { folder: "relative" } }, domain)).toBeUndefined();
});
