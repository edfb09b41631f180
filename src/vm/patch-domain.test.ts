import { expect, test } from "bun:test";
import { specDomain, specProblems, withName } from "../../test/support/spec-domain.ts";
import { readXml } from "../xml/read.ts";
import { writeXml } from "../xml/write.ts";
import { type DomainPatch, patchDomain } from "./patch-domain.ts";

const text = `<domain><os><type machine='q35'>hvm</type></os><devices>
  <disk><source file='/srv/a/b.img'/><target dev='vda'/></disk><disk><driver io='threads'/><target dev='vdb'/></disk>
  <video/></devices></domain>`;

function patched(patch: DomainPatch): string {
  const domain = readXml(text, { source: "domain" });
  patchDomain(domain, patch);
  return writeXml(domain).replaceAll('"', "'");
}

test.each([
  ["os/type/@machine", "pc", "<type machine='pc'>hvm</type>"],
  ["os/type", "linux", "<type machine='q35'>linux</type>"],
  ["devices/disk[2]/driver/@io", "native", "<driver io='native'/><target dev='vdb'/>"],
  ["devices/disk[target/@dev='vdb']/driver/@io", "native", "<driver io='native'/><target dev='vdb'/>"],
  ["devices/disk[source/@file='/srv/a/b.img']/serial", "S", "<target dev='vda'/><serial>S</serial>"],
  ["devices/video/model/@type", "qxl", "<video><model type='qxl'/></video>"],
  ["memtune/hard_limit", "1", "<memtune><hard_limit>1</hard_limit></memtune>"],
])("set %s", (path, value, expected) => {
  expect(patched({ set: { [path]: value } })).toContain(expected);
});

test.each([
  ["devices/video", "<video"],
  ["devices/disk[target/@dev='vda']", "b.img"],
  ["devices/disk[2]/driver/@io", "threads"],
  ["os", "<os"],
])("remove %s", (path, gone) => {
  expect(patched({})).toContain(gone);
  expect(patched({ remove: [path] })).not.toContain(gone);
});

test.each([
  { remove: ["devices/sound"] },
  { remove: ["devices/disk[3]"] },
  { remove: ["os/type/@arch"] },
  { set: { "devices/disk[3]/serial": "a" } },
  { set: { "devices/disk[target/@dev='vdc']/serial": "a" } },
])("%j finds nothing", (patch) => {
  expect(() => patched(patch)).toThrow("found nothing there");
});

test("an element with elements in it gets no text", () => {
  expect(() => patched({ set: { devices: "x" } })).toThrow("an element with a text");
});

test("a specification changes what has no field, last of all", async () => {
  const yaml = `
disks: [{file: /a.img}]
xml:
  domain: <lxc:namespace/>
  devices: <sound model='ich6'/>
  set:
    devices/sound/@model: ich9
    "devices/disk[target/@dev='vda']/driver/@io": native
  remove: [devices/panic, features/apic]`;
  const { domain, text: made, spec } = await specDomain(withName(yaml));
  expect(domain.at("devices", "sound")?.get("model")).toBe("ich9");
  expect(domain.at("devices", "disk", "driver")?.get("io")).toBe("native");
  expect(domain.at("devices", "panic")).toBeUndefined();
  expect(domain.get("xmlns:lxc")).toBe("http://libvirt.org/schemas/domain/lxc/1.0");
  expect((await specDomain(JSON.stringify(spec))).text).toBe(made);
});

test("paths that are none, or to what has a field, are refused", async () => {
  const paths = ["name", "uuid", "memory/@unit", "vcpu", "/devices", "devices/", "@type", "a/@b/c", "a[x]"];
  for (const path of paths) {
    const problems = await specProblems(withName(`xml: {remove: ["${path}"]}`));
    expect(problems).toEqual([
      `web.yaml:3:16: xml.remove[0]: expected a path below <domain> such as devices/video/model/@type, to what has no field, found "${path}"`,
    ]);
  }
  expect(await specProblems(withName('xml: {set: {"a//b": c}}'))).toEqual([
    'web.yaml:3:13: xml.set.a//b: expected a path below <domain> such as devices/video/model/@type, to what has no field, found "a//b"',
  ]);
});
