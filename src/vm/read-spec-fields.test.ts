import { expect, test } from "bun:test";
import { specProblems, withName } from "../../test/support/spec-domain.ts";

test.each([
  ["memory-maximum: 1 GiB", 'memory-maximum: expected at least 2048 MiB, which is memory, found "1 GiB"'],
  [
    "memory-maximum: 4 GiB\nballoon: false",
    "balloon: expected true beside memory-maximum, whose difference it takes up, found false",
  ],
  ["cpu: {count: 4, maximum: 2}", "cpu.maximum: expected at least 4, which is count, found 2"],
  [
    "cpu: {count: 4, topology: {cores: 3}}",
    "cpu.topology: expected sockets, cores and threads whose product is 4, the count of CPUs, found fields",
  ],
  [
    "cpu: {count: 1, features: {vmx: maybe}}",
    'cpu.features.vmx: expected one of require, disable, optional, force, forbid, found "maybe"',
  ],
  ["huge-pages: big", 'huge-pages: expected a size such as 512 MiB or 2 GiB, found "big"'],
  [
    "numa: {mode: strict}",
    "numa.nodes: expected nodes for mode strict: numbers such as 0, 0-3 or 0,2,4-7, found nothing",
  ],
  [
    "numa: {mode: host, nodes: 1}",
    "numa.nodes: expected no nodes for mode host, which chooses them, found 1",
  ],
  ["numa: auto", 'numa: expected host, or mode with nodes, found "auto"'],
  [
    "policies: {guest-fence: [db_2]}",
    'policies.guest-fence[0]: expected the name of a VM, or label=LABEL, found "db_2"',
  ],
  ["policies: {guest-fence: [db2, db2]}", "policies.guest-fence: expected each one once, found a list"],
  [
    "policies: {guest-fence: db2}\nguest-channel: false",
    "guest-channel: expected true beside policies.guest-fence, found false",
  ],
  [
    "ready-signal: true\nguest-channel: false",
    "guest-channel: expected true beside ready-signal, found false",
  ],
  [
    "hypervisor: xen\npolicies: {guest-fence: db2}",
    'policies.guest-fence: expected no guest-fence for hypervisor xen, which has no channel, found "db2"',
  ],
  [
    "hypervisor: lxc\npolicies: {heartbeat: {action: restart}}",
    "policies.heartbeat: expected no heartbeat for hypervisor lxc, which has no channel, found fields",
  ],
  [
    "policies: {heartbeat: {}}\nguest-channel: false",
    "guest-channel: expected true beside policies.heartbeat, found false",
  ],
  [
    "policies: {heartbeat: {timeout: 10 s}}",
    'policies.heartbeat.timeout: expected a time of at least 30 s, found "10 s"',
  ],
  ["io-threads: 0", "io-threads: expected a number of threads, 1 to 64, found 0"],
  ["io-weight: 50", "io-weight: expected a weight, 100 to 1000, found 50"],
  ["disks: [{file: /a, iso: /b}]", "disks[0]: expected one of file, block, rbd, iscsi, iso, found fields"],
  [
    "disks: [{file: /a, bus: sata, readonly: true}]",
    'disks[0].bus: expected virtio or scsi for a disk that is readonly, found "sata"',
  ],
  ["disks: [{iso: /b, bus: virtio}]", 'disks[0].bus: expected sata, scsi or ide with iso, found "virtio"'],
  [
    "disks: [{file: /a, bus: ide}]",
    'disks[0].bus: expected another bus, or machine: pc, which has IDE, found "ide"',
  ],
  ["disks: [{iso: /b, readonly: true}]", "disks[0].readonly: expected no readonly with iso, found true"],
  [
    "disks: [{file: /a, target: vda}, {file: /b, target: vda}]",
    'disks[1].target: expected a name other than that of disks[0], found "vda"',
  ],
  [
    "disks: [{file: /a, io-weight: 200}]",
    "disks[0].io-weight: expected io-weight with block only: for a file set io-weight of the VM, found 200",
  ],
  ["disks: [{rbd: web1}]", 'disks[0].rbd: expected an image such as pool/name, found "web1"'],
  [
    "disks: [{rbd: {image: p/i, user: haven, secret: AQBHCbtT6APDHhAA5W00cBchwkQjh3dkKsyPjw==}}]",
    'disks[0].rbd.secret: expected the UUID or the usage name of a libvirt secret, not the key itself, found "AQBHCbtT6APDHhAA5W00cBchwkQjh3dkKsyPjw=="',
  ],
  [
    "disks: [{rbd: {image: p/i, user: haven}}]",
    "disks[0].rbd.secret: expected user and secret, or neither, found nothing",
  ],
  [
    "disks: [{iscsi: {portal: a, target: vms}}]",
    'disks[0].iscsi.target: expected an iSCSI name such as iqn.2026-01.org.example:vms, found "vms"',
  ],
  [
    'disks: [{iscsi: {target: "iqn.2026-01.org.example:a"}}]',
    "disks[0].iscsi.portal: expected a host name or address, with a port behind it where it is not the usual one, found nothing",
  ],
  [
    "networks: [{}]",
    "networks[0]: expected either bridge or ovs with the name of a bridge, or zone, dns or ipv4, found fields",
  ],
  [
    "networks: [{bridge: b, vlan: 3}]",
    "networks[0].vlan: expected no vlan but with ovs: give the bridge of that VLAN, found 3",
  ],
  ["networks: [{ovs: b, vlan: 4095}]", "networks[0].vlan: expected a VLAN's number, 1 to 4094, found 4095"],
  ["networks: [{ovs: b, vlan: 3, trunk: [4]}]", "networks[0].vlan: expected either vlan or trunk, found 3"],
  ["networks: [{ovs: b, trunk: [4, 4]}]", "networks[0].trunk: expected each VLAN once, found a list"],
  [
    "networks: [{bridge: b, mac: auto}]",
    'networks[0].mac: expected a MAC address of one host, such as 02:00:0a:01:02:03, found "auto"',
  ],
  [
    "boot: floppy",
    'boot: expected disk, cdrom or network, a list of them, or kernel with initrd and cmdline, found "floppy"',
  ],
  [
    "firmware: uefi",
    'firmware: expected nvram with the path of a file on storage that every node reaches, since no disk is a file, found "uefi"',
  ],
  [
    "firmware: {type: bios, secure-boot: true}",
    "firmware.secure-boot: expected no secure-boot but with type: uefi, found true",
  ],
  [
    "tpm: true\ndisks: [{rbd: p/i}]",
    "tpm: expected state with the path of a folder on storage that every node reaches, since no disk is a file, found true",
  ],
  ["graphics: spice", 'graphics: expected vnc, none, or type with more, found "spice"'],
  ["graphics: {type: vnc, port: 80}", "graphics.port: expected auto, or a port from 5900 to 65535, found 80"],
  [
    "graphics: {type: vnc, listen: everywhere}",
    'graphics.listen: expected an IP address to listen on, such as 127.0.0.1, found "everywhere"',
  ],
  [
    "graphics: {type: vnc, password: x}",
    "graphics.password: expected one of type, port, listen, keymap, tablet, found an unknown field",
  ],
  [
    "watchdog: bark",
    'watchdog: expected one of reset, poweroff, shutdown, pause, inject-nmi, none, found "bark"',
  ],
  [
    "clock: {offset: utc, timezone: Europe/Zurich}",
    'clock.timezone: expected either offset or timezone, found "Europe/Zurich"',
  ],
  [
    "clock: {timers: {rtc: fast}}",
    'clock.timers.rtc: expected one of delay, catchup, merge, discard, absent, found "fast"',
  ],
  ["host-devices: [{}]", "host-devices[0]: expected either usb or pci, found fields"],
  [
    'host-devices: [{pci: "3:0"}]',
    'host-devices[0].pci: expected the address of a PCI device, such as 0000:03:00.0, found "3:0"',
  ],
  [
    'host-devices: [{usb: "046d:0825"}]\nmigration: {allowed: true}',
    "migration.allowed: expected false: a VM with host-devices cannot migrate, found true",
  ],
  [
    'migration: {network-suffix: ";rm"}',
    'migration.network-suffix: expected a part of a host name, such as -mig, found ";rm"',
  ],
  [
    "policies: {monitor-scripts: [up]}",
    'policies.monitor-scripts[0]: expected an absolute path without spaces, found "up"',
  ],
  [
    "policies: {mail: [ops]}",
    'policies.mail[0]: expected a mail address such as ops@example.org, found "ops"',
  ],
  [
    "hypervisor: xen\npolicies: {guest-shutdown: stay-down}",
    "policies.guest-shutdown: expected restart: xen does not say that the guest did it",
  ],
  ["hypervisor: xen\nfirmware: bios", 'firmware: expected no firmware for hypervisor xen, found "bios"'],
  [
    "hypervisor: lxc\ncontainer: {root: /c}\ngraphics: vnc",
    'graphics: expected no graphics for hypervisor lxc, which has container, found "vnc"',
  ],
])("%j", async (yaml, expected) => {
  const problems = await specProblems(withName(yaml));
  const line = problems.find((one) => one.includes(` ${expected}`));
  expect(line ?? problems).toMatch(/^web\.yaml:\d+:\d+: /);
});
