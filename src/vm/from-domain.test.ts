import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { libvirtSchemaPaths, schemaProblems } from "../../test/support/libvirt-schemas.ts";
import { specDomain, testUuid } from "../../test/support/spec-domain.ts";
import { isHavenError } from "../base/errors.ts";
import type { VmSpec } from "../contract/vm-spec.ts";
import { readXml } from "../xml/read.ts";
import { writeXml } from "../xml/write.ts";
import { fromDomain } from "./from-domain.ts";
import { ownGuestChannel } from "./own-guest-channel.ts";
import { resolveSpec } from "./resolve-spec.ts";
import { domainDifference } from "./same-domain.ts";
import { specYaml } from "./spec-yaml.ts";
import { stripRuntime } from "./strip-runtime.ts";

// libvirt's schemas take their time to load.
setDefaultTimeout(60_000);

const kept: Readonly<Record<string, { readonly xml: string }>> = JSON.parse(
  readFileSync("test/fixtures/vm-domains.json", "utf8"),
);
const hard: Readonly<Record<string, string>> = JSON.parse(
  readFileSync("test/fixtures/foreign-domains.json", "utf8"),
);

/** What becomes of a domain: its specification, read again from YAML as `vm add` would, and the domain of that. */
async function throughYaml(xml: string, name?: string): Promise<{ spec: VmSpec; text: string }> {
  const spec = await fromDomain(xml, { source: "x.xml", name });
  const { text } = await specDomain(await specYaml(spec));
  return { spec, text };
}

/** The domain as it was, less what belongs to one run. */
function asItWas(xml: string, name: string) {
  const domain = readXml(xml, { keepMixed: true });
  stripRuntime(domain);
  const element = domain.child("name");
  if (element !== undefined) element.text = name;
  // By its socket the host knows it.
  ownGuestChannel(domain, name);
  return domain;
}

describe("nothing of a domain is lost", () => {
  const all = { ...kept, ...mapped(hard) };
  test.each(Object.entries(all).filter(([name]) => name !== "auto"))("%s", async (_name, { xml }) => {
    const { text } = await throughYaml(xml, "web1");
    expect(domainDifference(asItWas(xml, "web1"), readXml(text, { keepMixed: true }))).toBeUndefined();
    for (const path of Object.values(libvirtSchemaPaths())) {
      // What its schema takes it takes again.
      if ((await schemaProblems(path, xml)).length === 0)
        expect(await schemaProblems(path, text)).toEqual([]);
    }
  });

  test("whatever is put into it, in a place that Haven knows or does not know", async () => {
    const seeds = Object.entries(all).filter(([name]) => name !== "auto");
    let state = 7;
    const next = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state >>> 8) % below;
    };
    for (let i = 0; i < 200; i++) {
      const domain = readXml(seeds[next(seeds.length)]?.[1].xml ?? "", { keepMixed: true });
      const parts = [...domain.walk()].filter((part) => !part.name.startsWith("#") && part.name !== "name");
      for (let n = next(3) + 1; n > 0; n--) {
        const part = parts[next(parts.length)];
        if (part === undefined || ["memory", "currentMemory", "vcpu", "uuid", "mac"].includes(part.name))
          continue;
        const how = next(4);
        if (how === 0) part.set(`x${next(3)}`, `v'"<&${next(9)}`);
        else if (how === 1)
          part.children.push(
            readXml("<new:element xmlns:new='urn:x' a='1'>some <b/> text</new:element>", { keepMixed: true }),
          );
        else if (how === 2 && part.attributes.length > 0 && part !== domain) part.attributes.splice(0, 2);
        else if (how === 3 && part.children.length > 0) part.children.reverse();
      }
      if (domain.child("devices") === undefined) continue;
      const xml = writeXml(domain);
      const spec = await fromDomain(xml, { source: "x.xml", name: "any" });
      const resolved = resolveSpec(spec, { hypervisor: "qemu", uuid: testUuid });
      const { text } = await specDomain(await specYaml(resolved));
      expect(domainDifference(asItWas(xml, spec.name), readXml(text, { keepMixed: true }))).toBeUndefined();
    }
  });
});

function mapped(texts: Readonly<Record<string, string>>): Readonly<Record<string, { readonly xml: string }>> {
  return Object.fromEntries(Object.entries(texts).map(([name, xml]) => [name, { xml }]));
}

describe("the specification", () => {
  test("has fields alone where these say all", async () => {
    const yaml = `name: web1
memory: 2 GiB
memory-maximum: 4 GiB
cpu: {count: 2, maximum: 4, model: EPYC, features: {svm: disable}}
disks:
  - {file: /srv/a.qcow2, cache: writethrough}
  - {block: /dev/vg/b, bus: scsi, target: sdc, readonly: true}
  - {iso: none}
networks:
  - {bridge: br0, mac: "02:00:00:00:00:01"}
  - {ovs: ovs0, trunk: [10, 20], native-vlan: 10, tap: web1.t}
graphics: {type: vnc, port: 5907, tablet: false}
clock: {timezone: Europe/Zurich}
watchdog: reset
rng: false
host-devices:
  - pci: "0000:03:00.0"
`;
    const { text } = await specDomain(yaml);
    const spec = await fromDomain(text, { source: "x" });
    expect(spec.xml).toBeUndefined();
    expect(spec.disks).toEqual([
      { file: "/srv/a.qcow2", target: "vda", bus: "virtio", cache: "writethrough" },
      { block: "/dev/vg/b", bus: "scsi", target: "sdc", readonly: true },
      { iso: "none", bus: "sata", target: "sda" },
    ]);
    expect(spec.graphics).toEqual({ type: "vnc", port: 5907, tablet: false });
    expect(spec["host-devices"]).toEqual([{ pci: "0000:03:00.0" }]);
  });

  test("has the rest as XML where that is little", async () => {
    const { spec } = await throughYaml(hard["a few lines"] ?? "", "shop");
    expect(spec.xml?.whole).toBeUndefined();
    expect(spec.disks).toEqual([{ file: "/srv/images/shop.img" }]);
    expect(spec.xml?.set).toMatchObject({ on_crash: "restart" });
    expect(spec.xml?.devices).toContain("<sound");
  });

  test("has the whole XML, comments and all, where fields would not do", async () => {
    const { spec, text } = await throughYaml(hard.numa ?? "");
    expect(spec.xml?.whole).toContain("<!-- two cells -->");
    expect(spec).toMatchObject({ name: "numa", memory: 4096, cpu: { count: 4 } });
    expect(text).not.toContain("<!--");
  });

  test("takes a name that Haven can use, and leaves the UUID", async () => {
    const { spec, text } = await throughYaml(hard["a few lines"] ?? "", "shop-1");
    expect(spec.name).toBe("shop-1");
    expect(text).toContain("<name>shop-1</name><uuid>5f3e2d1c-");
  });

  test("leaves addresses and UUID open where the domain does", async () => {
    const { spec, text } = await throughYaml(hard.auto ?? "");
    expect([spec.uuid, spec.networks?.[0]?.mac]).toEqual([undefined, undefined]);
    expect(text).toMatch(/<uuid>7f5a2a4e-.*<mac address='02:/);
  });
});

describe("beside the whole XML", () => {
  const whole = async (changes: object): Promise<string> => {
    const spec = {
      ...(await fromDomain(hard["running guest"] ?? "", { source: "x", name: "web1" })),
      ...changes,
    };
    return (await specDomain(await specYaml(spec))).text;
  };
  const refused = async (changes: object): Promise<string> =>
    whole(changes).then(
      () => "taken",
      (error: unknown) => String(isHavenError(error) ? error.message : error),
    );

  test("memory and the number of CPUs are the fields'", async () => {
    const text = await whole({ memory: 512, "memory-maximum": 1024, cpu: { count: 1, maximum: 4 } });
    expect(text).toContain("<memory unit='MiB'>1024</memory>");
    expect(text).toContain("<currentMemory unit='MiB'>512</currentMemory>");
    expect(text).toMatch(/<vcpu placement='static' current='1'>4<\/vcpu>/);
  });

  test("what the XML says has no field", async () => {
    expect(await refused({ disks: [{ file: "/srv/x.img" }] })).toContain(
      "disks: expected no disks beside xml.whole",
    );
    expect(await refused({ cpu: { count: 1, model: "EPYC" } })).toContain("cpu.model: expected no model");
    expect(await refused({ clock: "utc" })).toContain("expected no offset");
    expect(await refused({ clock: { sync: false }, policies: { suspended: "fail" } })).toBe("taken");
  });

  test("sizes that it has in detail are changed there", async () => {
    const numa = { ...(await fromDomain(hard.numa ?? "", { source: "x" })) };
    for (const change of [{ memory: 8192 }, { cpu: { count: 8 } }]) {
      const yaml = await specYaml({ ...numa, ...change });
      await expect(specDomain(yaml)).rejects.toThrow("in xml.whole");
    }
  });
});

test.each([
  ["<a/>", "expected a libvirt domain, found <a>"],
  [
    "<domain type='vmware'><memory>1</memory><devices/></domain>",
    "expected a domain of type kvm, qemu, xen, lxc, found vmware",
  ],
  ["<domain type='kvm'><devices/></domain>", "expected <memory> with a size, found none"],
  ["<domain type='kvm'><memory>1024</memory></domain>", "expected <devices>, found none"],
  ["<domain type='kvm'><memory>1024</memory><vcpu>x</vcpu><devices/></domain>", "expected a number of CPUs"],
  [
    "<domain type='kvm'><memory>1024</memory><devices><graphics type='vnc' passwd='s'/></devices></domain>",
    "expected no password in the XML, found one for the vnc console",
  ],
])("%s is refused", (xml, why) => {
  return expect(fromDomain(xml, { source: "x.xml" })).rejects.toThrow(why);
});
