import { expect, test } from "bun:test";
import { readXml } from "../xml/read.ts";
import { derivedMac, type ResolvedSpec, resolveSpec } from "./resolve-spec.ts";
import { toDomain } from "./to-domain.ts";

const uuid = "7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f";
const small: ResolvedSpec = { name: "web1", memory: 512, uuid, hypervisor: "qemu" };

function domain(spec: Partial<ResolvedSpec>) {
  return readXml(toDomain({ ...small, ...spec }), { source: "domain" });
}

test("the smallest specification is a whole domain on one line", () => {
  const text = toDomain(small);
  expect(text).not.toMatch(/[\n\t"]/);
  expect(text).toBe(toDomain(structuredClone(small)));
  const root = readXml(text);
  expect(root.get("type")).toBe("qemu");
  expect(root.child("name")?.text).toBe("web1");
  expect(root.child("uuid")?.text).toBe(uuid);
  expect(root.child("memory")?.text).toBe("512");
  expect(root.at("cpu", "model")?.text).toBe("qemu64");
  expect(["on_poweroff", "on_reboot", "on_crash"].map((name) => root.child(name)?.text)).toEqual([
    "destroy",
    "restart",
    "destroy",
  ]);
  const log = root.at("devices", "serial", "log");
  expect([log?.get("file"), log?.get("append")]).toEqual(["/var/log/libvirt/qemu/web1-console.log", "on"]);
  expect(root.at("devices", "panic")?.get("model")).toBe("isa");
});

test("disks: names by bus, no cache, errors pause the guest", () => {
  const disks = [
    { file: "/a.img" },
    { block: "/dev/vg/b" },
    { file: "/c.qcow2", bus: "scsi", "on-error": "stop" },
    { file: "/d", bus: "sata", readonly: true, serial: "S1" },
    { file: "/e", shareable: true },
  ] as const;
  const found =
    domain({ disks: [...disks] })
      .child("devices")
      ?.all("disk") ?? [];
  expect(found.map((disk) => disk.child("target")?.get("dev"))).toEqual(["vda", "vdb", "sda", "sdb", "vdc"]);
  expect(found.map((disk) => disk.child("driver")?.get("type"))).toEqual([
    "raw",
    "raw",
    "qcow2",
    "raw",
    "raw",
  ]);
  expect(found.map((disk) => disk.child("driver")?.get("cache"))).toEqual(Array(5).fill("none"));
  expect(found.map((disk) => disk.child("driver")?.get("error_policy"))).toEqual([
    "enospace",
    "enospace",
    "stop",
    "enospace",
    "enospace",
  ]);
  expect(found[1]?.get("type")).toBe("block");
  expect(found[3]?.child("readonly")).toBeDefined();
  expect(found[3]?.child("serial")?.text).toBe("S1");
  expect(found.map((disk) => disk.child("shareable") !== undefined)).toEqual([
    false,
    false,
    false,
    false,
    true,
  ]);
});

test("the 27th disk is vdaa", () => {
  const disks = Array.from({ length: 28 }, (_, i) => ({ file: `/${i}` }));
  const found = domain({ disks }).child("devices")?.all("disk") ?? [];
  expect(found.slice(25).map((disk) => disk.child("target")?.get("dev"))).toEqual(["vdz", "vdaa", "vdab"]);
});

test("a direct boot keeps quotes of its command line", () => {
  const root = domain({ boot: { kernel: "/k", initrd: "/i", cmdline: `a='b' c="d" <e> & f` } });
  expect(root.at("os", "cmdline")?.text).toBe(`a='b' c="d" <e> & f`);
  expect(root.at("os", "kernel")?.text).toBe("/k");
  expect(root.at("os", "boot")).toBeUndefined();
});

test("kvm takes the host's model unless one is named", () => {
  expect(domain({ hypervisor: "kvm" }).child("cpu")?.get("mode")).toBe("host-model");
  expect(domain({ hypervisor: "kvm", cpu: { count: 2, model: "EPYC" } }).at("cpu", "model")?.text).toBe(
    "EPYC",
  );
});

test("containers and Xen guests", () => {
  const container = domain({ hypervisor: "lxc", container: { root: "/srv/c" } });
  expect(container.at("os", "type")?.text).toBe("exe");
  expect(container.at("devices", "filesystem", "source")?.get("dir")).toBe("/srv/c");
  expect(container.at("devices", "panic")).toBeUndefined();
  const xen = domain({ hypervisor: "xen", disks: [{ block: "/dev/vg/x" }] });
  expect(xen.at("os", "type")?.text).toBe("hvm");
  expect(xen.at("devices", "disk", "target")?.get("dev")).toBe("xvda");
});

test("raw XML is added, and must be well formed", () => {
  const root = domain({
    xml: {
      devices: "<watchdog model='i6300esb'/>\n<sound model='ich9'/>",
      domain: "<qemu:commandline><qemu:arg value='-s'/></qemu:commandline>",
    },
  });
  expect(root.at("devices", "watchdog")).toBeDefined();
  expect(root.at("devices", "sound")).toBeDefined();
  expect(root.get("xmlns:qemu")).toBe("http://libvirt.org/schemas/domain/qemu/1.0");
  expect(() => domain({ xml: { devices: "<a>" } })).toThrow("xml.devices");
});

test("addresses are local, differ by network and VM, and stay", () => {
  expect(derivedMac(uuid, 0)).toMatch(/^02(:[0-9a-f]{2}){5}$/);
  expect(derivedMac(uuid, 0)).toBe(derivedMac(uuid, 0));
  expect(derivedMac(uuid, 0)).not.toBe(derivedMac(uuid, 1));
  const spec = {
    name: "a",
    memory: 1,
    networks: [{ bridge: "br0" }, { bridge: "br1", mac: "02:00:00:00:00:01" }],
  };
  const resolved = resolveSpec(spec, { hypervisor: "kvm", uuid });
  expect(resolved.networks?.map(({ mac }) => mac)).toEqual([derivedMac(uuid, 0), "02:00:00:00:00:01"]);
  expect(resolved.hypervisor).toBe("kvm");
});

const withChannel: readonly Partial<ResolvedSpec>[] = [
  { "ready-signal": { enabled: true } },
  { "guest-channel": true },
  { policies: { "guest-fence": ["db2"] } },
  { policies: { heartbeat: {} } },
];

test.each(withChannel)("a guest that speaks with Haven has its channel: %j", (spec) => {
  const channels = domain(spec).child("devices")?.all("channel") ?? [];
  expect(channels.map((channel) => channel.child("target")?.get("name"))).toEqual([
    "org.qemu.guest_agent.0",
    "haven.0",
  ]);
  expect(channels[1]?.child("source")?.get("path")).toBe("/run/haven/guest/web1.sock");
});
