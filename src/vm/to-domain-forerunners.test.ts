import { expect, test } from "bun:test";
import { libvirtSchemaPaths, schemaProblems } from "../../test/support/libvirt-schemas.ts";
import { specDomain } from "../../test/support/spec-domain.ts";
import type { XmlElement } from "../xml/element.ts";

// What clusters of VMs that came before Haven ran: each of their domains is a specification of a few lines.

/** Every libvirt schema that is here takes it. */
async function valid(text: string): Promise<void> {
  for (const path of Object.values(libvirtSchemaPaths())) {
    expect(await schemaProblems(path, text)).toEqual([]);
  }
}

const device = (domain: XmlElement, name: string, at = 0): XmlElement | undefined =>
  domain.child("devices")?.all(name)[at];

test("a campus: huge pages, a processor by name, an image that may fill up, a zone's bridge, a pointer", async () => {
  const { domain, text } = await specDomain(`
name: wiki-intranet
memory: 512 MiB
huge-pages: true
cpu: {count: 1, model: Nehalem}
machine: pc
uuid: 6c5d8f30-91d4-4a0b-8a55-02000a0a1e17
disks:
  - {file: /srv/intranet/wiki.img, format: raw}
networks:
  - {bridge: br-intranet, mac: "02:00:0a:0a:1e:17"}
graphics: vnc
policies: {esc-before-shutdown: true}
`);
  await valid(text);
  expect(domain.get("type")).toBe("kvm");
  expect(domain.at("memoryBacking", "hugepages")).toBeDefined();
  expect(domain.at("cpu", "model")?.text).toBe("Nehalem");
  expect(domain.child("cpu")?.get("match")).toBe("exact");
  expect([domain.at("os", "boot")?.get("dev"), domain.at("os", "type")?.get("machine")]).toEqual([
    "hd",
    "pc",
  ]);
  const driver = device(domain, "disk")?.child("driver");
  expect(["type", "cache", "error_policy"].map((name) => driver?.get(name))).toEqual([
    "raw",
    "none",
    "enospace",
  ]);
  expect(device(domain, "disk")?.child("target")?.get("dev")).toBe("vda");
  expect(device(domain, "interface")?.child("mac")?.get("address")).toBe("02:00:0a:0a:1e:17");
  expect(device(domain, "interface")?.child("model")?.get("type")).toBe("virtio");
  expect(device(domain, "serial")?.child("target")?.get("port")).toBe("0");
  expect(device(domain, "input")?.get("type")).toBe("tablet");
  expect(domain.child("on_poweroff")?.text).toBe("destroy");
});

test("a private cloud: two logical volumes, an Open vSwitch port in a VLAN, addresses chosen for it, a start signal", async () => {
  const { domain, text } = await specDomain(`
name: elm
memory: 8 GiB
cpu: 16
priority: 10
disks:
  - block: /dev/system/elm
  - block: /dev/data/elm
networks:
  - {ovs: hosts, vlan: 150, mac: random, tap: elm.150}
ready-signal: true
xml:
  devices: <channel type='unix'><target type='virtio' name='startup_signal'/></channel>
`);
  await valid(text);
  expect(domain.child("vcpu")?.text).toBe("16");
  expect(domain.child("memory")?.text).toBe("8192");
  const disks = domain.child("devices")?.all("disk") ?? [];
  expect(disks.map((disk) => disk.child("source")?.get("dev"))).toEqual(["/dev/system/elm", "/dev/data/elm"]);
  expect(disks.map((disk) => disk.child("target")?.get("dev"))).toEqual(["vda", "vdb"]);
  const card = device(domain, "interface");
  expect(card?.child("source")?.get("bridge")).toBe("hosts");
  expect(card?.child("virtualport")?.get("type")).toBe("openvswitch");
  expect(card?.at("vlan", "tag")?.get("id")).toBe("150");
  expect(card?.child("target")?.get("dev")).toBe("elm.150");
  expect(card?.child("mac")?.get("address")).toMatch(/^02(:[0-9a-f]{2}){5}$/);
  const channels = domain.child("devices")?.all("channel") ?? [];
  expect(channels.map((channel) => channel.child("target")?.get("name"))).toContain("startup_signal");
  expect(domain.child("clock")?.get("offset")).toBe("utc");
});

test("guests that ask their host to fence others: a channel of their own", async () => {
  const { domain, text } = await specDomain(`
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
`);
  await valid(text);
  const channel = domain
    .child("devices")
    ?.all("channel")
    .find((one) => one.child("target")?.get("name") === "vmconnectd");
  expect(channel?.child("source")?.get("path")).toBe("/var/lib/libvirt/qemu/guest1");
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
