import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lackingIn } from "../../test/support/lacking-in.ts";
import { libvirtSchemaPaths, schemaProblems } from "../../test/support/libvirt-schemas.ts";
import { specDomain } from "../../test/support/spec-domain.ts";
import type { XmlElement } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";

// What clusters of VMs that came before Haven ran: each of their domains is a specification of a few lines.

/** Every libvirt schema that is here takes it. */
async function valid(text: string): Promise<void> {
  for (const path of Object.values(libvirtSchemaPaths())) {
    expect(await schemaProblems(path, text)).toEqual([]);
  }
}

const device = (domain: XmlElement, name: string, at = 0): XmlElement | undefined =>
  domain.child("devices")?.all(name)[at];

interface Forerunner {
  /** The domain as it was documented, with values for its placeholders. */
  readonly xml: string;
  readonly yaml: string;
  /** What Haven's domain does not have of it, on purpose. */
  readonly without: Readonly<Record<string, string>>;
}

const emulator = "libvirt knows the program";
const forerunners: Readonly<Record<string, Forerunner>> = {
  "a campus: huge pages, a processor by name, an image that may fill up, a zone's bridge, a pointer": {
    xml: `
<domain type='kvm'>
  <name>wiki-intranet</name>
  <uuid>6c5d8f30-91d4-4a0b-8a55-02000a0a1e17</uuid>
  <memory>524288</memory>
  <memoryBacking><hugepages/></memoryBacking>
  <vcpu>1</vcpu>
  <cpu match='exact'><model>Nehalem</model></cpu>
  <os><type arch='x86_64' machine='pc-0.12'>hvm</type><boot dev='hd'/></os>
  <features><acpi/><apic/><pae/></features>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>restart</on_crash>
  <devices>
    <emulator>/usr/bin/kvm</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw' cache='none' error_policy='enospace'/>
      <source file='/srv/intranet/wiki.img'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='bridge'>
      <mac address='02:00:0a:0a:1e:17'/>
      <source bridge='br-intranet'/>
      <model type='virtio'/>
    </interface>
    <serial type='pty'><target port='0'/></serial>
    <console type='pty'><target type='serial' port='0'/></console>
    <input type='tablet' bus='usb'/>
  </devices>
</domain>`,
    yaml: `
name: wiki-intranet
memory: 512 MiB
huge-pages: true
cpu: {count: 1, model: Nehalem}
machine: pc-0.12
uuid: 6c5d8f30-91d4-4a0b-8a55-02000a0a1e17
disks:
  - {file: /srv/intranet/wiki.img, format: raw}
networks:
  - {bridge: br-intranet, mac: "02:00:0a:0a:1e:17"}
graphics: vnc
policies: {esc-before-shutdown: true}
`,
    without: {
      "features/pae": "every 64-bit processor has it, QEMU asks for no word",
      "on_crash restart": "the cluster starts it again, and knows of it",
      "devices/emulator": emulator,
      "devices/console": "libvirt makes it of the serial port",
    },
  },
  "a private cloud: two logical volumes, an Open vSwitch port in a VLAN, its UUID and address chosen": {
    xml: `
<domain type="kvm">
  <name>gum</name>
  <memory unit="GiB">8</memory>
  <vcpu placement="static">16</vcpu>
  <os><type>hvm</type></os>
  <features><acpi/></features>
  <clock offset="utc"/>
  <devices>
    <emulator>/usr/bin/kvm</emulator>
    <disk type="block" device="disk">
      <driver name="qemu" type="raw" cache="none"/>
      <source dev="/dev/vm/gum"/>
      <target dev="vda"/>
    </disk>
    <disk type="block" device="disk">
      <driver name="qemu" type="raw" cache="none"/>
      <source dev="/dev/data/gum"/>
      <target dev="vdb"/>
    </disk>
    <interface type="bridge">
      <source bridge="vh"/>
      <virtualport type="openvswitch"/>
      <vlan><tag id="150"/></vlan>
      <target dev="gum.150"/>
      <model type="virtio"/>
    </interface>
    <console type="pty"><target type="serial"/></console>
    <channel type="unix"><target type="virtio" name="startup_signal"/></channel>
  </devices>
</domain>`,
    yaml: `
name: gum
memory: 8 GiB
cpu: 16
priority: 10
disks:
  - block: /dev/vm/gum
  - block: /dev/data/gum
networks:
  - {ovs: vh, vlan: 150, mac: random, tap: gum.150}
xml:
  devices: <channel type='unix'><target type='virtio' name='startup_signal'/></channel>
`,
    without: {
      "devices/emulator": emulator,
      "devices/console": "libvirt makes it of the serial port",
    },
  },
  "guests that ask their host to fence others: a channel of their own": {
    xml: `
<domain type='kvm'>
  <name>guest1</name>
  <devices>
    <channel type='unix'>
      <source mode='bind' path='/var/lib/libvirt/qemu/guest1'/>
      <target type='virtio' name='vmconnectd'/>
    </channel>
  </devices>
</domain>`,
    yaml: `
name: guest1
memory: 1 GiB
disks:
  - file: /srv/images/guest1.img
xml:
  devices: |
    <channel type='unix'>
      <source mode='bind' path='/var/lib/libvirt/qemu/guest1'/>
      <target type='virtio' name='vmconnectd'/>
    </channel>
`,
    without: {},
  },
};

test.each(Object.entries(forerunners))("%s", async (_, { xml, yaml, without }) => {
  const { domain, text } = await specDomain(yaml);
  await valid(text);
  const example = readXml(xml, { source: "example" });
  expect([...lackingIn(domain, example)].sort()).toEqual(Object.keys(without).sort());
});

test("what is compared is seen to differ", async () => {
  const example = readXml(forerunners[Object.keys(forerunners)[1] ?? ""]?.xml ?? "", { source: "example" });
  const { domain } = await specDomain(`
name: gum
memory: 4 GiB
cpu: 16
disks: [{block: /dev/vm/gum, cache: writeback}]
networks: [{ovs: vh, vlan: 151, tap: gum.150}]
`);
  expect(lackingIn(domain, example)).toEqual([
    "memory of 8388608 KiB",
    "devices/emulator",
    "devices/disk/driver/@cache none",
    "devices/disk",
    "devices/interface/vlan/tag/@id 150",
    "devices/console",
    "devices/channel/target/@name startup_signal",
  ]);
});

test("what was chosen for it: a UUID, an address, and the start that waits for the guest's word", async () => {
  const { domain } = await specDomain(
    "name: gum\nmemory: 8 GiB\nnetworks: [{ovs: vh, mac: random}]\nready-signal: true",
  );
  expect(domain.child("uuid")?.text).toMatch(/^[0-9a-f-]{36}$/);
  expect(device(domain, "interface")?.child("mac")?.get("address")).toMatch(/^02(:[0-9a-f]{2}){5}$/);
  const channels = domain.child("devices")?.all("channel") ?? [];
  expect(channels.map((channel) => channel.child("source")?.get("mode"))).toContain("bind");
});

const seeds = join(import.meta.dir, "../../../shared/seeds");
const noSeeds = existsSync(seeds) ? "" : " (skipped: ../shared/seeds is not here)";

test.skipIf(noSeeds !== "")(`each domain in the forerunners' documents is among these${noSeeds}`, () => {
  const texts = readdirSync(seeds).map((name) => readFileSync(join(seeds, name), "utf8"));
  const domains = texts.flatMap((text) => text.match(/<domain[\s\S]*?<\/domain>/g) ?? []);
  const names = domains.map((domain) => /<name>(.*?)<\/name>/.exec(domain)?.[1]);
  // The campus' is a template, followed by the interfaces and consoles that belong into it.
  expect(names.filter((name) => name !== undefined).sort()).toEqual(["guest1", "gum", "gum", "{%VM_FQN}"]);
  // Each element that they have is one of an example.
  const known = new Set(
    Object.values(forerunners).flatMap(({ xml }) =>
      [...readXml(xml, { source: "example" }).walk()].map(({ name }) => name),
    ),
  );
  const blocks = texts.flatMap(
    (text) => text.match(/<(domain|interface|channel|serial|console)\b[\s\S]*?<\/\1>/g) ?? [],
  );
  const elements = blocks.flatMap((block) =>
    [...block.matchAll(/<([a-z]\w*)/g)].map((match) => match[1] ?? ""),
  );
  expect(elements.filter((name) => !known.has(name))).toEqual([]);
});

test("Xen: paravirtual from a kernel, memory that may grow; full with a CD to install from", async () => {
  const paravirtual = await specDomain(`
name: sles
hypervisor: xen
memory: 4 GiB
memory-maximum: 8 GiB
cpu: 4
boot: {kernel: /srv/boot/vmlinuz-xen, initrd: /srv/boot/initrd-xen, cmdline: root=/dev/xvda1}
disks:
  - file: /srv/images/sles/disk0
networks:
  - {bridge: br0, mac: random}
`);
  await valid(paravirtual.text);
  const { domain } = paravirtual;
  expect(domain.get("type")).toBe("xen");
  expect([domain.at("os", "type")?.text, domain.at("os", "type")?.get("machine")]).toEqual([
    "linux",
    "xenpv",
  ]);
  expect([domain.child("memory")?.text, domain.child("currentMemory")?.text]).toEqual(["8192", "4096"]);
  expect(device(domain, "disk")?.child("target")?.get("dev")).toBe("xvda");

  const full = await specDomain(`
name: ledger
hypervisor: xen
memory: 2 GiB
cpu: 2
boot: [cdrom, disk]
disks:
  - block: /dev/san/ledger
  - iso: /srv/iso/windows.iso
networks:
  - {bridge: br0, model: e1000}
graphics: vnc
clock: localtime
`);
  await valid(full.text);
  expect(full.domain.at("os", "type")?.text).toBe("hvm");
  expect(
    full.domain
      .child("os")
      ?.all("boot")
      .map((one) => one.get("dev")),
  ).toEqual(["cdrom", "hd"]);
  expect(device(full.domain, "disk", 1)?.get("device")).toBe("cdrom");
  expect(device(full.domain, "graphics")?.get("type")).toBe("vnc");
});
