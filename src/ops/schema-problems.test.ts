import { expect, test } from "bun:test";
import { libvirtSchemaPaths } from "../../test/support/libvirt-schemas.ts";
import { specDomain, withName } from "../../test/support/spec-domain.ts";
import { schemaProblems } from "./schema-problems.ts";

const paths = Object.entries(libvirtSchemaPaths());
if (paths.length === 0) {
  test.skip("no libvirt on this machine and no image of the lab: there is no schema to check against", () => {});
}

async function fields(path: string, yaml: string): Promise<readonly string[]> {
  const { spec } = await specDomain(withName(yaml));
  return (await schemaProblems(spec, path)).map((problem) => problem.path.join("."));
}

test.each(paths)("%s schema: a VM's own XML is checked, and the part at fault named", async (_, path) => {
  expect(await fields(path, "cpu: 2")).toEqual([]);
  expect(await fields(path, "xml: {devices: <sound model='ich9'/>}")).toEqual([]);
  expect(await fields(path, "xml: {devices: <sound model='ich9'/>, domain: <memtnue/>}")).toEqual([
    "xml.domain",
  ]);
  expect(await fields(path, "xml: {devices: <sond model='ich9'/>}")).toEqual(["xml.devices"]);
  expect(await fields(path, "xml: {set: {os/type: xxl}, remove: [devices/panic]}")).toEqual(["xml.set"]);
  // Only wrong together: it stands in what is added.
  const both = "xml: {devices: <sound/>, set: {devices/sound/@model: trumpet}}";
  expect(await fields(path, both)).not.toEqual([]);
});

test.each(paths)("%s schema: a whole XML is checked before what changes it", async (_, path) => {
  const whole = (devices: string): string =>
    `<domain type='kvm'><memory>1024</memory><os><type>hvm</type></os><devices>${devices}</devices></domain>`;
  expect(await fields(path, `xml: {whole: "${whole("<sound model='ich9'/>")}"}`)).toEqual([]);
  expect(await fields(path, `xml: {whole: "${whole("<sond/>")}"}`)).toEqual(["xml.whole"]);
  expect(await fields(path, `xml: {whole: "${whole("")}", devices: <sond/>}`)).toEqual(["xml.devices"]);
});

test("without a schema there is nothing to say", async () => {
  expect(await fields("/nowhere/domain.rng", "xml: {devices: <sond/>}")).toEqual([]);
});
