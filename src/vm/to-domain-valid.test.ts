import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { libvirtSchemaPaths, schemaProblems } from "../../test/support/libvirt-schemas.ts";
import { specDomain, withName } from "../../test/support/spec-domain.ts";

/** A specification for every part of a domain that Haven writes. */
const broad: Readonly<Record<string, string>> = {
  "the smallest": "",
  "cpu and memory": `
memory-maximum: 8 GiB
huge-pages: 2 MiB
cpu: {count: 4, maximum: 16, topology: {sockets: 2, cores: 4, threads: 2}, model: EPYC, features: {vmx: disable}}
numa: {mode: strict, nodes: 0, cpus: 0-7}
io-threads: 2
io-weight: 500
machine: pc-q35-7.2
disks: [{file: /a.img}, {file: /b.img}, {file: /c.img, bus: scsi}]`,
  "spread over nodes": "huge-pages: true\ncpu: {count: 2, model: baseline}\nnuma: {mode: spread, nodes: 0-1}",
  "where the host says": "cpu: {count: 2, model: host-passthrough, features: {x2apic: require}}\nnuma: host",
  preferred: "cpu: {count: 2, model: host-model}\nnuma: {mode: preferred, nodes: 1}",
  disks: `
disks:
  - {file: /srv/images/a.qcow2, discard: true, serial: S1, target: vdc}
  - {block: /dev/vg/b, io-weight: 900, cache: writeback, on-error: report}
  - {file: /srv/images/shared.img, shareable: true, readonly: true, discard: false}
  - {file: /srv/images/s.img, bus: sata}
  - {iso: /srv/iso/debian.iso}
  - {iso: none, bus: scsi}`,
  ceph: `
disks:
  - rbd: vms/web1
  - {rbd: {image: vms/space/web1, monitors: [10.0.0.1, "mon2:6789", "[fd00::3]:3300"], user: haven, secret: client.haven secret, config: /etc/ceph/two.conf}}
  - {rbd: {image: vms/w, user: haven, secret: 2a5b08e4-3dca-4ff9-9a1d-40389758d081}, bus: scsi}`,
  iscsi: `
disks:
  - {iscsi: {portal: 10.0.0.5, target: "iqn.2026-01.org.example:vms"}}
  - {iscsi: {portal: "[fd00::5]:3261", target: "iqn.2026-01.org.example:vms", lun: 7, user: chap, secret: san, initiator: "iqn.2026-01.org.example:web1"}, bus: scsi}`,
  networks: `
networks:
  - bridge: br0
  - {bridge: br1, mac: random, model: e1000e, link: down}
  - {ovs: ovs0, vlan: 20, queues: 4, mtu: 9000, mac: derived, link: up}
  - {ovs: ovs0, trunk: [10, 20], native-vlan: 5}
  - {ovs: ovs0, trunk: [10, 20], native-vlan: 20}
  - {ovs: ovs0}`,
  uefi: "disks: [{file: /srv/a.img}]\nfirmware: uefi\ntpm: {state: libvirt}",
  "uefi with Secure Boot":
    "disks: [{block: /dev/vg/a}]\nfirmware: {type: uefi, secure-boot: true, nvram: /srv/n.fd}\ntpm: {model: tpm-tis, state: libvirt}",
  bios: "firmware: bios\nboot: [network, cdrom, disk]\ntpm: false\ndisks: [{iso: none}]",
  "direct boot": 'boot: {kernel: /k, initrd: /i, cmdline: "a=\\"b\\""}',
  screen:
    'graphics: {type: vnc, port: 5901, listen: "::", keymap: de, tablet: true}\nvideo: virtio\nwatchdog: poweroff',
  "screen by itself": "graphics: vnc\nclock: localtime",
  "nothing that can be left out": `
rng: false
balloon: false
guest-agent: false
video: none
graphics: none
console: {log: false}`,
  windows:
    "hyperv: true\nclock: {offset: localtime, timers: {rtc: delay, tsc: present, kvmclock: absent}}\nready-signal: true\nguest-channel: true\npolicies: {guest-fence: [db2, label=db]}",
  "a zone's time": "clock: {timezone: Europe/Zurich}",
  emulated: "hypervisor: qemu\ncpu: {count: 2, model: baseline, topology: {cores: 2}}\nhyperv: true",
  "host devices": 'host-devices: [{usb: "046d:0825"}, {pci: "0000:03:00.0"}, {pci: "af:1f.7"}]',
  "raw XML": `
xml:
  domain: <qemu:commandline><qemu:arg value='-s'/></qemu:commandline>
  devices: <sound model='ich9'/>`,
  xen: `
hypervisor: xen
memory-maximum: 4 GiB
cpu: {count: 2, maximum: 4, features: {vmx: disable}}
disks: [{block: /dev/vg/x}, {file: /y.img}, {iso: /srv/i.iso}, {rbd: vms/x}]
networks: [{bridge: br0}, {ovs: o, vlan: 4}]
graphics: vnc
clock: localtime
host-devices: [{pci: "03:00.0"}]`,
  "paravirtual xen":
    "hypervisor: xen\nboot: {kernel: /k, initrd: /i, cmdline: root=/dev/xvda}\ndisks: [{file: /x}]",
  container: `
hypervisor: lxc
container: {root: /srv/c}
cpu: {count: 2}
io-weight: 300
numa: {mode: strict, nodes: "0"}
networks: [{bridge: br0}, {ovs: o, trunk: [1, 2]}]`,
};

function knowsTpmSource(path: string): boolean {
  const common = path.replace(/domain\.rng$/, "domaincommon.rng");
  return readFileSync(common, "utf8").includes("tpm-backend-emulator-source");
}

const examples = readdirSync("examples").filter((name) => name !== "cluster.yaml");

const schemas = libvirtSchemaPaths();
if (Object.keys(schemas).length === 0) {
  test.skip("no libvirt on this machine and no image of the lab: there is no schema to check against", () => {});
}

describe.each(Object.entries(schemas))("%s libvirt", (_, path) => {
  test.each(Object.entries(broad))("takes: %s", async (_name, yaml) => {
    const { text } = await specDomain(withName(yaml));
    expect(text).not.toMatch(/[\n\t"]/);
    expect(await schemaProblems(path, text)).toEqual([]);
  });

  test.each(examples)("takes: examples/%s", async (name) => {
    const { text } = await specDomain(readFileSync(`examples/${name}`, "utf8"));
    expect(await schemaProblems(path, text)).toEqual([]);
  });

  // Its state's place is known to libvirt 10.10 and later: others would keep it on one node and say nothing.
  test.skipIf(!knowsTpmSource(path))("takes: a TPM whose state follows the VM", async () => {
    for (const tpm of ["true", "{model: tpm-tis, state: /srv/tpm}"]) {
      const { text } = await specDomain(withName(`disks: [{file: /srv/a.img}]\ntpm: ${tpm}`));
      expect(await schemaProblems(path, text)).toEqual([]);
    }
  });

  test("refuses what it does not know", async () => {
    const { text } = await specDomain(withName("xml: {devices: <disc/>}"));
    expect(await schemaProblems(path, text)).not.toEqual([]);
  });
});

test.each(Object.entries(broad))("what the CIB holds is the same VM again: %s", async (_, yaml) => {
  const { spec, text } = await specDomain(withName(yaml));
  const again = await specDomain(JSON.stringify(spec));
  expect(again.spec).toEqual(spec);
  expect(again.text).toBe(text);
});
