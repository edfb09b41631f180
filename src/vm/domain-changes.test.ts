import { expect, test } from "bun:test";
import { domainChanges } from "./domain-changes.ts";
import type { ResolvedSpec } from "./resolve-spec.ts";
import { toDomain } from "./to-domain.ts";

const spec: ResolvedSpec = {
  name: "a",
  uuid: "7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f",
  hypervisor: "qemu",
  memory: 512,
  disks: [{ file: "/a.img" }],
  networks: [{ bridge: "br0", mac: "02:00:00:00:00:01" }],
};

test("what libvirt fills in is no difference", () => {
  const live = `<domain type='qemu' id='4'><name>a</name><uuid>${spec.uuid}</uuid><memory unit='KiB'>524288</memory>
    <currentMemory unit='KiB'>524288</currentMemory><vcpu placement='static'>1</vcpu><os><type>hvm</type></os><devices>
    <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/a.img' index='1'/><target dev='vda' bus='virtio'/><alias name='x'/></disk>
    <controller type='pci'/><interface type='bridge'><mac address='02:00:00:00:00:01'/><source bridge='br0'/><target dev='vnet0'/></interface>
    </devices></domain>`;
  expect(domainChanges(live, toDomain(spec))).toEqual([]);
});

test("what differs is named", () => {
  const now = toDomain(spec);
  const wanted = toDomain({
    ...spec,
    memory: 1024,
    cpu: { count: 2 },
    disks: [{ file: "/a.img", readonly: true }, { block: "/dev/x" }],
    networks: [{ bridge: "br1", mac: "02:00:00:00:00:01" }],
  });
  expect(domainChanges(now, wanted)).toEqual([
    "most memory: 512 MiB → 1024 MiB",
    "memory: 512 MiB → 1024 MiB",
    "most processors: 1 → 2",
    "processors: 1 → 2",
    "disk vda: /a.img, raw → /a.img, raw, read-only",
    "disk vdb: now /dev/x, raw",
    "network 02:00:00:00:00:01: br0 → br1",
  ]);
  expect(domainChanges(wanted, now)).toContain("disk vdb: no longer /dev/x, raw");
});

test("an empty drive has no format, whoever wrote it down", () => {
  const wanted = toDomain({ ...spec, disks: [{ file: "/a.img" }, { iso: "none" }] });
  const live = wanted.replace(/(<disk [^>]*device=['"]cdrom['"].*?<driver [^>]*?) type=['"]raw['"]/s, "$1");
  expect(live).not.toBe(wanted);
  expect(domainChanges(live, wanted)).toEqual([]);
});
