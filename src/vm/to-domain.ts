import { guestFolder } from "../base/guest-folder.ts";
import type { DiskSpec } from "../contract/vm-spec.ts";
import { type XmlElement, xml } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";
import { writeXml } from "../xml/write.ts";
import { vmDefaults } from "./defaults.ts";
import type { ResolvedSpec } from "./resolve-spec.ts";

/** Where a VM's serial console is kept on the node that it runs on. */
export function consoleLogPath(name: string): string {
  return `/var/log/libvirt/qemu/${name}-console.log`;
}

/** The host's end of a VM's guest channel: node-local, with a path that a migration does not change. */
export function guestChannelPath(name: string): string {
  return `${guestFolder}/${name}.sock`;
}

/** The name by which a guest finds its channel: /dev/virtio-ports/haven.0. */
export const guestChannelName = "haven.0";

/**
 * The domain that libvirt runs for a specification, on one line (a newline in a value of the CIB breaks crmsh).
 * Pure: the same specification gives the same text. Element by element as in
 * https://libvirt.org/formatdomain.html.
 *
 * @throws HavenError xml.invalid when the specification's own XML is not well formed
 */
export function toDomain(spec: ResolvedSpec): string {
  const domain = xml("domain", { type: spec.hypervisor }, [
    element("name", spec.name),
    element("uuid", spec.uuid),
    spec.description === undefined ? undefined : element("description", spec.description),
    element("memory", String(spec.memory), { unit: "MiB" }),
    element("vcpu", String(spec.cpu?.count ?? vmDefaults.cpuCount), { placement: "static" }),
    operatingSystem(spec),
    ...processor(spec),
    xml("clock", { offset: "utc" }, spec.hypervisor === "kvm" ? kvmTimers() : []),
    element("on_poweroff", "destroy"),
    element("on_reboot", "restart"),
    element("on_crash", "destroy"),
    xml("devices", {}, [...devices(spec), ...rawElements(spec.xml?.devices, "xml.devices")]),
    ...rawElements(spec.xml?.domain, "xml.domain"),
  ]);
  if (spec.xml?.domain?.includes("<qemu:") === true) {
    domain.set("xmlns:qemu", "http://libvirt.org/schemas/domain/qemu/1.0");
  }
  // Single quotes: the text becomes an attribute of the CIB, where each double quote would take six bytes.
  return writeXml(domain).replaceAll("'", "&apos;").replaceAll('"', "'");
}

function element(
  name: string,
  text: string,
  attributes: Readonly<Record<string, string | undefined>> = {},
): XmlElement {
  const result = xml(name, attributes);
  result.text = text;
  return result;
}

function rawElements(text: string | undefined, source: string): readonly XmlElement[] {
  return text === undefined ? [] : readXml(`<raw>${text}</raw>`, { source }).children;
}

function isQemu(spec: ResolvedSpec): boolean {
  return spec.hypervisor === "kvm" || spec.hypervisor === "qemu";
}

function operatingSystem(spec: ResolvedSpec): XmlElement {
  if (spec.hypervisor === "lxc") {
    return xml("os", {}, [element("type", "exe"), element("init", spec.container?.init ?? "/sbin/init")]);
  }
  const { kernel, initrd, cmdline } = spec.boot ?? {};
  const direct =
    kernel === undefined
      ? []
      : [
          element("kernel", kernel),
          initrd === undefined ? undefined : element("initrd", initrd),
          cmdline === undefined ? undefined : element("cmdline", cmdline),
        ];
  const type =
    spec.hypervisor === "xen"
      ? element("type", kernel === undefined ? "hvm" : "linux", {
          arch: "x86_64",
          machine: kernel === undefined ? "xenfv" : "xenpv",
        })
      : element("type", "hvm", { arch: "x86_64", machine: "q35" });
  const fromDisk =
    kernel === undefined && (spec.disks?.length ?? 0) > 0 ? xml("boot", { dev: "hd" }) : undefined;
  return xml("os", {}, [type, ...direct, fromDisk]);
}

/**
 * Features and processor. Without KVM the model is qemu64, the same on every node; with KVM host-model, which
 * libvirt writes out where the VM starts, and compares before a migration.
 */
function processor(spec: ResolvedSpec): readonly XmlElement[] {
  if (!isQemu(spec)) {
    return spec.hypervisor === "xen" ? [xml("features", {}, [xml("acpi"), xml("apic"), xml("pae")])] : [];
  }
  const features = xml("features", {}, [xml("acpi"), xml("apic")]);
  const model = spec.cpu?.model ?? (spec.hypervisor === "kvm" ? "host-model" : "qemu64");
  if (model === "host-model") return [features, xml("cpu", { mode: model, check: "partial" })];
  if (model === "host-passthrough" || model === "maximum") return [features, xml("cpu", { mode: model })];
  // Without KVM QEMU leaves out features of a named model that it cannot emulate: nothing to check there.
  const check = spec.hypervisor === "kvm" ? "partial" : "none";
  return [
    features,
    xml("cpu", { mode: "custom", match: "exact", check }, [element("model", model, { fallback: "forbid" })]),
  ];
}

/** Lost timer ticks are made up for, so that the guest's clock is right after a pause. */
function kvmTimers(): readonly XmlElement[] {
  return [
    xml("timer", { name: "rtc", tickpolicy: "catchup" }),
    xml("timer", { name: "pit", tickpolicy: "delay" }),
    xml("timer", { name: "hpet", present: "no" }),
  ];
}

function devices(spec: ResolvedSpec): readonly XmlElement[] {
  const letters = new Map<string, number>();
  const disks = (spec.disks ?? []).map((disk) => {
    const bus = disk.bus ?? (spec.hypervisor === "xen" ? "xen" : "virtio");
    const prefix = bus === "virtio" ? "vd" : bus === "xen" ? "xvd" : bus === "ide" ? "hd" : "sd";
    const index = letters.get(prefix) ?? 0;
    letters.set(prefix, index + 1);
    return diskElement(disk, bus, prefix + diskLetters(index));
  });
  const scsi = disks.some((disk) => disk.child("target")?.get("bus") === "scsi");
  return [
    ...disks,
    ...(scsi && isQemu(spec) ? [xml("controller", { type: "scsi", index: 0, model: "virtio-scsi" })] : []),
    ...(spec.hypervisor === "lxc" ? containerRoot(spec) : []),
    ...networkElements(spec),
    ...consoleElements(spec),
    ...(isQemu(spec) ? guestDevices(spec) : []),
  ];
}

function diskElement(disk: DiskSpec, bus: string, target: string): XmlElement {
  const path = disk.file ?? disk.block ?? "";
  const format = disk.format ?? (path.endsWith(".qcow2") ? "qcow2" : "raw");
  const driver = xml("driver", {
    name: bus === "xen" ? undefined : "qemu",
    type: format,
    cache: disk.cache ?? "none",
    error_policy: disk["on-error"] ?? "enospace",
  });
  const source = disk.file === undefined ? xml("source", { dev: path }) : xml("source", { file: path });
  return xml("disk", { type: disk.file === undefined ? "block" : "file", device: "disk" }, [
    driver,
    source,
    xml("target", { dev: target, bus }),
    disk.serial === undefined ? undefined : element("serial", disk.serial),
    disk.readonly === true ? xml("readonly") : undefined,
    disk.shareable === true ? xml("shareable") : undefined,
  ]);
}

/** a … z, aa, ab …: the n-th disk's letters. */
function diskLetters(index: number): string {
  const rest = Math.floor(index / 26);
  return (rest === 0 ? "" : diskLetters(rest - 1)) + String.fromCharCode(97 + (index % 26));
}

function containerRoot(spec: ResolvedSpec): readonly XmlElement[] {
  return [
    xml("filesystem", { type: "mount", accessmode: "passthrough" }, [
      xml("source", { dir: spec.container?.root }),
      xml("target", { dir: "/" }),
    ]),
  ];
}

function networkElements(spec: ResolvedSpec): readonly XmlElement[] {
  return (spec.networks ?? []).map((network) =>
    xml("interface", { type: "bridge" }, [
      xml("mac", { address: network.mac }),
      xml("source", { bridge: network.bridge }),
      isQemu(spec) || network.model !== undefined
        ? xml("model", { type: network.model ?? "virtio" })
        : undefined,
    ]),
  );
}

/** The serial console. Its log is written by virtlogd, and appended to when the VM comes back to a node. */
function consoleElements(spec: ResolvedSpec): readonly XmlElement[] {
  if (!isQemu(spec)) {
    const type = spec.hypervisor === "lxc" ? "lxc" : "serial";
    return [xml("console", { type: "pty" }, [xml("target", { type, port: 0 })])];
  }
  const log =
    spec.console?.log === false ? undefined : xml("log", { file: consoleLogPath(spec.name), append: "on" });
  // libvirt makes the console that is this port's other name by itself.
  return [xml("serial", { type: "pty" }, [log, xml("target", { port: 0 })])];
}

function guestDevices(spec: ResolvedSpec): readonly XmlElement[] {
  const agent = xml("channel", { type: "unix" }, [
    xml("target", { type: "virtio", name: "org.qemu.guest_agent.0" }),
  ]);
  const ready = xml("channel", { type: "unix" }, [
    xml("source", { mode: "bind", path: guestChannelPath(spec.name) }),
    xml("target", { type: "virtio", name: guestChannelName }),
  ]);
  return [
    agent,
    ...(spec["ready-signal"]?.enabled === true ? [ready] : []),
    xml("rng", { model: "virtio" }, [element("backend", "/dev/urandom", { model: "random" })]),
    xml("memballoon", { model: "virtio" }),
    xml("panic", { model: "isa" }),
  ];
}
