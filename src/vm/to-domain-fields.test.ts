import { describe, expect, test } from "bun:test";
import { specDomain, testUuid, withName } from "../../test/support/spec-domain.ts";
import { writeXml } from "../xml/write.ts";
import { bindsToNode } from "./host-devices.ts";
import { derivedPort, resolveSpec } from "./resolve-spec.ts";

/** The elements of a name in the domain of a specification, each as one line. */
async function elements(yaml: string, name: string): Promise<readonly string[]> {
  const { domain } = await specDomain(withName(yaml));
  return [...domain.walk()]
    .filter((element) => element.name === name)
    .map((element) => writeXml(element).replaceAll('"', "'"));
}

describe("CPUs, memory, NUMA", () => {
  test.each([
    ["cpu: 4", "vcpu", "<vcpu placement='static'>4</vcpu>"],
    ["cpu: {count: 2, maximum: 8}", "vcpu", "<vcpu placement='static' current='2'>8</vcpu>"],
    [
      "cpu: {count: 2, maximum: 8, topology: {cores: 4}}",
      "topology",
      "<topology sockets='2' cores='4' threads='1'/>",
    ],
    [
      "cpu: {count: 12, topology: {sockets: 2, cores: 3, threads: 2}}",
      "topology",
      "<topology sockets='2' cores='3' threads='2'/>",
    ],
    [
      "cpu: {count: 1, model: baseline}",
      "cpu",
      "<cpu mode='custom' match='exact' check='partial'><model fallback='forbid'>Westmere</model><feature policy='require' name='pcid'/><feature policy='disable' name='vmx'/></cpu>",
    ],
    [
      "cpu: {count: 1, model: baseline, features: {vmx: require}}",
      "feature",
      "<feature policy='require' name='vmx'/>",
    ],
    [
      "cpu: {count: 1, features: {vmx: disable}}",
      "cpu",
      "<cpu mode='host-model' check='partial'><feature policy='disable' name='vmx'/></cpu>",
    ],
    [
      "hypervisor: qemu\ncpu: {count: 1, model: baseline}\n",
      "model",
      "<model fallback='forbid'>Westmere</model>",
    ],
    ["memory-maximum: 8 GiB", "memory", "<memory unit='MiB'>8192</memory>"],
    ["memory-maximum: 8 GiB", "currentMemory", "<currentMemory unit='MiB'>2048</currentMemory>"],
    ["huge-pages: true", "memoryBacking", "<memoryBacking><hugepages/></memoryBacking>"],
    [
      "huge-pages: 1 GiB",
      "memoryBacking",
      "<memoryBacking><hugepages><page size='1024' unit='MiB'/></hugepages></memoryBacking>",
    ],
    ["numa: host", "numatune", "<numatune><memory mode='strict' placement='auto'/></numatune>"],
    ["numa: host", "vcpu", "<vcpu placement='auto'>1</vcpu>"],
    [
      "numa: {mode: strict, nodes: 1, cpus: 8-15}",
      "numatune",
      "<numatune><memory mode='strict' nodeset='1'/></numatune>",
    ],
    ["numa: {mode: strict, nodes: 1, cpus: 8-15}", "vcpu", "<vcpu placement='static' cpuset='8-15'>1</vcpu>"],
    [
      "numa: {mode: spread, nodes: 0-1}",
      "numatune",
      "<numatune><memory mode='interleave' nodeset='0-1'/></numatune>",
    ],
    [
      "io-threads: 1\ndisks: [{file: /a}]",
      "driver",
      "<driver name='qemu' type='raw' cache='none' error_policy='enospace' iothread='1'/>",
    ],
    ["machine: pc", "type", "<type arch='x86_64' machine='pc'>hvm</type>"],
  ])("%j", async (yaml, name, xml) => {
    expect(await elements(yaml, name)).toContain(xml);
  });

  test("the same memory and CPUs as their maximum need no word", async () => {
    expect((await specDomain(withName("memory-maximum: 2 GiB\ncpu: {count: 1, maximum: 1}"))).text).toBe(
      (await specDomain(withName(""))).text,
    );
  });

  test("a baseline that nobody could find out is refused", async () => {
    const { spec } = await specDomain(withName("cpu: {count: 1, model: baseline}"));
    const { toDomain } = await import("./to-domain.ts");
    const open = { ...spec, cpu: { count: 1, model: "baseline" } };
    expect(() => toDomain(open)).toThrow();
    expect(toDomain({ ...open, hypervisor: "qemu" })).toContain("qemu64");
  });
});

describe("disks", () => {
  test("sources", async () => {
    const yaml = `disks:
  - rbd: vms/web1
  - {rbd: {image: vms/s/web1, monitors: [10.0.0.1, "mon2:6789", "[fd00::3]:3300"], user: haven, secret: client.haven, config: /etc/ceph/b.conf}}
  - {rbd: {image: vms/w, user: haven, secret: 2A5B08E4-3dca-4ff9-9a1d-40389758d081}}
  - {iscsi: {portal: "[fd00::5]:3261", target: "iqn.2026-01.org.example:vms", lun: 7, user: chap, secret: san, initiator: "iqn.2026-01.org.example:web1"}}
  - {iscsi: {portal: san, target: "iqn.2026-01.org.example:vms"}}
  - {iso: /srv/iso/debian.iso}
  - {iso: none}`;
    expect(await elements(yaml, "source")).toEqual([
      "<source protocol='rbd' name='vms/web1'/>",
      "<source protocol='rbd' name='vms/s/web1'><host name='10.0.0.1'/><host name='mon2' port='6789'/><host name='fd00::3' port='3300'/><config file='/etc/ceph/b.conf'/><auth username='haven'><secret type='ceph' usage='client.haven'/></auth></source>",
      "<source protocol='rbd' name='vms/w'><auth username='haven'><secret type='ceph' uuid='2a5b08e4-3dca-4ff9-9a1d-40389758d081'/></auth></source>",
      "<source protocol='iscsi' name='iqn.2026-01.org.example:vms/7'><host name='fd00::5' port='3261'/><auth username='chap'><secret type='iscsi' usage='san'/></auth><initiator><iqn name='iqn.2026-01.org.example:web1'/></initiator></source>",
      "<source protocol='iscsi' name='iqn.2026-01.org.example:vms/0'><host name='san' port='3260'/></source>",
      "<source file='/srv/iso/debian.iso'/>",
    ]);
    const disks = (await specDomain(withName(yaml))).domain.child("devices")?.all("disk") ?? [];
    expect(disks.map((disk) => disk.get("device"))).toEqual([...Array(5).fill("disk"), "cdrom", "cdrom"]);
    expect(disks.map((disk) => disk.get("type"))).toEqual([...Array(5).fill("network"), "file", "file"]);
    expect(disks.map((disk) => disk.child("target")?.get("dev"))).toEqual([
      "vda",
      "vdb",
      "vdc",
      "vdd",
      "vde",
      "sda",
      "sdb",
    ]);
    expect(disks.map((disk) => disk.child("readonly") !== undefined)).toEqual([
      ...Array(5).fill(false),
      true,
      true,
    ]);
    expect(disks[5]?.child("driver")?.get("error_policy")).toBeUndefined();
  });

  test("names that are given are not given again", async () => {
    const yaml = "disks: [{file: /a, target: vdb}, {file: /b}, {file: /c}, {file: /d, target: vda}]";
    const targets = await elements(yaml, "target");
    expect(targets.slice(0, 4).map((one) => /dev='(\w+)'/.exec(one)?.[1])).toEqual([
      "vdb",
      "vdc",
      "vdd",
      "vda",
    ]);
  });

  test("a drive is on the bus that the machine has, and Xen's behind the disks", async () => {
    expect(await elements("machine: pc\ndisks: [{iso: none}]", "target")).toContain(
      "<target dev='hda' bus='ide'/>",
    );
    const xen = "hypervisor: xen\ndisks: [{iso: /i.iso}, {block: /dev/a}, {block: /dev/b}]";
    expect((await elements(xen, "target")).slice(0, 3)).toEqual([
      "<target dev='hdc' bus='ide'/>",
      "<target dev='xvda' bus='xen'/>",
      "<target dev='xvdb' bus='xen'/>",
    ]);
  });

  test("what is trimmed, and weights", async () => {
    const yaml =
      "io-weight: 500\ndisks: [{file: /a, discard: true}, {file: /b, discard: false}, {block: /dev/c, io-weight: 900}]";
    expect((await elements(yaml, "driver")).map((one) => /discard='(\w+)'/.exec(one)?.[1])).toEqual([
      "unmap",
      "ignore",
      undefined,
    ]);
    expect(await elements(yaml, "blkiotune")).toEqual([
      "<blkiotune><weight>500</weight><device><path>/dev/c</path><weight>900</weight></device></blkiotune>",
    ]);
  });

  test("what is booted from", async () => {
    const booted = async (yaml: string): Promise<readonly string[]> =>
      (await elements(yaml, "boot")).map((one) => /dev='(\w+)'/.exec(one)?.[1] ?? "");
    expect(await booted("disks: [{file: /a}, {iso: /i.iso}]")).toEqual(["hd", "cdrom"]);
    expect(await booted("disks: [{file: /a}, {iso: none}]")).toEqual(["hd"]);
    expect(await booted("disks: [{iso: /i.iso}]")).toEqual(["cdrom"]);
    expect(await booted("boot: [network, disk]\ndisks: [{file: /a}]")).toEqual(["network", "hd"]);
    expect(await booted("boot: cdrom\ndisks: [{iso: none}]")).toEqual(["cdrom"]);
    expect(await booted("boot: {from: [cdrom]}\ndisks: [{iso: none}]")).toEqual(["cdrom"]);
    expect(await booted("boot: {kernel: /k}\ndisks: [{file: /a}]")).toEqual([]);
  });
});

describe("networks", () => {
  test("Open vSwitch, with a tag or a trunk", async () => {
    const yaml = `networks:
  - {ovs: ovs0, vlan: 20, mac: "02:00:00:00:00:01", queues: 4, mtu: 9000}
  - {ovs: ovs0, trunk: [10, 20], native-vlan: 5, mac: "02:00:00:00:00:02"}
  - {bridge: br0, link: down, mac: "02:00:00:00:00:03", model: e1000e}`;
    const port = (i: number): string =>
      `<virtualport type='openvswitch'><parameters interfaceid='${derivedPort(testUuid, i)}'/></virtualport>`;
    expect(port(0)).toMatch(/'[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}'/);
    expect(port(0)).not.toBe(port(1));
    expect(await elements(yaml, "interface")).toEqual([
      `<interface type='bridge'><mac address='02:00:00:00:00:01'/><source bridge='ovs0'/>${port(0)}<vlan><tag id='20'/></vlan><model type='virtio'/><driver name='vhost' queues='4'/><mtu size='9000'/></interface>`,
      `<interface type='bridge'><mac address='02:00:00:00:00:02'/><source bridge='ovs0'/>${port(1)}<vlan trunk='yes'><tag id='5' nativeMode='untagged'/><tag id='10'/><tag id='20'/></vlan><model type='virtio'/></interface>`,
      "<interface type='bridge'><mac address='02:00:00:00:00:03'/><source bridge='br0'/><model type='e1000e'/><link state='down'/></interface>",
    ]);
  });

  test("a random address is chosen once, and stays when the VM changes", () => {
    const spec = {
      name: "a",
      memory: 1,
      networks: [{ bridge: "b", mac: "random" }, { bridge: "b" }, { bridge: "b", mac: "derived" }],
    };
    const first = resolveSpec(spec, { hypervisor: "kvm", uuid: testUuid });
    const macs = first.networks?.map(({ mac }) => mac) ?? [];
    expect(new Set(macs).size).toBe(3);
    for (const mac of macs) expect(mac).toMatch(/^02(:[0-9a-f]{2}){5}$/);
    const other = { hypervisor: "qemu", uuid: crypto.randomUUID() } as const;
    expect(resolveSpec(spec, other).networks?.[0]?.mac).not.toBe(macs[0]);
    const changed = resolveSpec({ ...spec, memory: 2 }, { ...other, before: first });
    expect(changed.uuid).toBe(testUuid);
    expect(changed.networks?.map(({ mac }) => mac)).toEqual(macs);
  });
});

describe("firmware and devices", () => {
  test("UEFI's variables and the TPM's state are beside the first disk that is a file, and stay there", async () => {
    const yaml =
      "disks: [{block: /dev/a}, {file: /srv/images/a.img}]\nfirmware: {type: uefi, secure-boot: true}\ntpm: true";
    const { spec, domain } = await specDomain(withName(yaml));
    expect(spec.firmware?.nvram).toBe("/srv/images/web1.nvram.fd");
    expect(spec.tpm?.state).toBe("/srv/images/web1.tpm");
    expect(domain.child("os")?.get("firmware")).toBe("efi");
    expect(await elements(yaml, "nvram")).toEqual(["<nvram>/srv/images/web1.nvram.fd</nvram>"]);
    expect(await elements(yaml, "feature")).toEqual([
      "<feature enabled='yes' name='secure-boot'/>",
      "<feature enabled='yes' name='enrolled-keys'/>",
    ]);
    expect(await elements(yaml, "tpm")).toEqual([
      "<tpm model='tpm-crb'><backend type='emulator' version='2.0' persistent_state='yes'><source type='dir' path='/srv/images/web1.tpm'/></backend></tpm>",
    ]);
    const moved = { ...spec, disks: [{ file: "/srv/other/a.img" }], firmware: { type: "uefi" as const } };
    const again = resolveSpec(moved, { hypervisor: "kvm", uuid: testUuid, before: spec });
    expect(again.firmware?.nvram).toBe("/srv/images/web1.nvram.fd");
  });

  test.each([
    ["firmware: {type: uefi, nvram: /n}", "feature", "<feature enabled='no' name='secure-boot'/>"],
    ["tpm: {state: libvirt}", "backend", "<backend type='emulator' version='2.0' persistent_state='yes'/>"],
    [
      "graphics: vnc",
      "graphics",
      "<graphics type='vnc' port='-1' autoport='yes'><listen type='address' address='127.0.0.1'/></graphics>",
    ],
    ["graphics: vnc", "video", "<video><model type='vga'/></video>"],
    ["graphics: vnc", "input", "<input type='tablet' bus='usb'/>"],
    [
      "graphics: {type: vnc, port: 5901, listen: 10.0.0.1, keymap: de}",
      "graphics",
      "<graphics type='vnc' port='5901' autoport='no' keymap='de'><listen type='address' address='10.0.0.1'/></graphics>",
    ],
    ["video: virtio", "video", "<video><model type='virtio'/></video>"],
    ["watchdog: reset", "watchdog", "<watchdog model='i6300esb' action='reset'/>"],
    ["balloon: false", "memballoon", "<memballoon model='none'/>"],
    ["clock: localtime", "clock", undefined],
    [
      "hypervisor: qemu\nclock: {timezone: Europe/Zurich}",
      "clock",
      "<clock offset='timezone' timezone='Europe/Zurich'/>",
    ],
    [
      "clock: {offset: localtime, timers: {pit: discard, kvmclock: absent}}",
      "clock",
      "<clock offset='localtime'><timer name='rtc' tickpolicy='catchup'/><timer name='pit' tickpolicy='discard'/><timer name='hpet' present='no'/><timer name='kvmclock' present='no'/></clock>",
    ],
    ["hyperv: true", "timer", "<timer name='hypervclock' present='yes'/>"],
    ["hyperv: true", "stimer", "<stimer state='on'/>"],
    [
      'host-devices: [{usb: "046D:0825"}]',
      "hostdev",
      "<hostdev mode='subsystem' type='usb' managed='no'><source><vendor id='0x046d'/><product id='0x0825'/></source></hostdev>",
    ],
    [
      'host-devices: [{pci: "AF:1f.7"}]',
      "hostdev",
      "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0xaf' slot='0x1f' function='0x7'/></source></hostdev>",
    ],
  ])("%j: %s", async (yaml, name, xml) => {
    const found = await elements(yaml, name);
    if (xml === undefined) expect(found[0]).toContain("offset='localtime'");
    else expect(found).toContain(xml);
  });

  test("what is not wanted is not there", async () => {
    const { domain } = await specDomain(
      withName("rng: false\nguest-agent: false\ngraphics: {type: vnc, tablet: false}\ntpm: false"),
    );
    const devices = domain.child("devices");
    for (const name of ["rng", "channel", "input", "tpm"]) expect(devices?.child(name)).toBeUndefined();
  });

  test("devices of a node's bind it to nodes", async () => {
    expect(bindsToNode((await specDomain(withName(""))).text)).toBe(false);
    expect(bindsToNode((await specDomain(withName('host-devices: [{usb: "046d:0825"}]'))).text)).toBe(true);
  });
});
