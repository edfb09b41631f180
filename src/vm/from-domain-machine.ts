import type { VmSpec } from "../contract/vm-spec.ts";
import { memoryBytes } from "../libvirt/memory-bytes.ts";
import type { XmlElement } from "../xml/element.ts";
import { consoleLogPath } from "./vm-paths.ts";

type Machine = Omit<VmSpec, "name" | "memory" | "disks" | "networks">;

/** Everything of a domain's machine that has a field, disks and networks aside. */
export function machineOf(domain: XmlElement): Machine {
  const fields: Machine = {
    ...hardwareOf(domain),
    ...startOf(domain),
    clock: clockOf(domain),
    ...screenOf(domain),
    ...devicesOf(domain),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function hardwareOf(domain: XmlElement): Machine {
  const machine = domain.at("os", "type")?.get("machine");
  const pages = domain.at("memoryBacking", "hugepages");
  const page = pages?.child("page");
  const size = memoryBytes(sizeElement(page));
  const weight = Number(domain.at("blkiotune", "weight")?.text);
  return {
    machine: machine === "q35" || domain.get("type") === "xen" ? undefined : machine,
    "huge-pages": pages === undefined ? undefined : size === undefined ? true : size / 1024 ** 2,
    "io-threads": Number(domain.child("iothreads")?.text) || undefined,
    "io-weight": weight || undefined,
  };
}

/** `<page size='2' unit='MiB'/>` as an element with a text. */
function sizeElement(page: XmlElement | undefined): XmlElement | undefined {
  const copy = page?.clone();
  if (copy !== undefined) copy.text = copy.get("size") ?? "";
  return copy;
}

/** The processor: model, features, topology; its numbers are the caller's. */
export function processorOf(domain: XmlElement): NonNullable<VmSpec["cpu"]> | undefined {
  const cpu = domain.child("cpu");
  if (cpu === undefined) return undefined;
  const mode = cpu.get("mode") ?? "custom";
  const model = mode === "custom" ? cpu.child("model")?.text.trim() : mode;
  const features = cpu.all("feature").map((one) => [one.get("name") ?? "", one.get("policy") ?? "require"]);
  const topology = cpu.child("topology");
  const part = (name: string): number => Number(topology?.get(name) ?? 1);
  return {
    count: 1,
    ...(model === undefined || model === "" ? {} : { model }),
    ...(features.length === 0 ? {} : { features: Object.fromEntries(features) }),
    ...(topology === undefined
      ? {}
      : { topology: { sockets: part("sockets"), cores: part("cores"), threads: part("threads") } }),
  };
}

const bootNames: Readonly<Record<string, "disk" | "cdrom" | "network">> = {
  hd: "disk",
  cdrom: "cdrom",
  network: "network",
};

function startOf(domain: XmlElement): Pick<VmSpec, "boot" | "firmware"> {
  const os = domain.child("os");
  const text = (name: string): string | undefined => os?.child(name)?.text.trim();
  const [kernel, initrd, cmdline] = ["kernel", "initrd", "cmdline"].map(text);
  const from = (os?.all("boot") ?? []).map((boot) => bootNames[boot.get("dev") ?? ""]);
  const nvram = text("nvram");
  const secure = os
    ?.child("firmware")
    ?.all("feature")
    .find((one) => one.get("name") === "secure-boot");
  return {
    boot:
      kernel !== undefined
        ? { kernel, ...(initrd && { initrd }), ...(cmdline !== undefined && { cmdline }) }
        : from.every((one) => one !== undefined) && from.length > 0
          ? { from: [...from] }
          : undefined,
    firmware:
      os?.get("firmware") === "efi"
        ? {
            type: "uefi",
            ...(secure?.get("enabled") === "yes" ? { "secure-boot": true } : {}),
            ...(nvram === undefined ? {} : { nvram }),
          }
        : undefined,
  };
}

function clockOf(domain: XmlElement): VmSpec["clock"] {
  const clock = domain.child("clock");
  const offset = clock?.get("offset") ?? "utc";
  const timers = (clock?.all("timer") ?? []).map((timer) => [timer.get("name") ?? "", timerText(timer)]);
  const base =
    offset === "timezone"
      ? { timezone: clock?.get("timezone") ?? "" }
      : offset === "localtime"
        ? { offset: "localtime" as const }
        : {};
  const fields = { ...base, ...(timers.length === 0 ? {} : { timers: Object.fromEntries(timers) }) };
  return Object.keys(fields).length === 0 ? undefined : fields;
}

function timerText(timer: XmlElement): string {
  const present = timer.get("present");
  return present === undefined ? (timer.get("tickpolicy") ?? "") : present === "no" ? "absent" : "present";
}

const cards = ["vga", "virtio", "bochs", "cirrus", "qxl", "none"] as const;

function screenOf(domain: XmlElement): Pick<VmSpec, "graphics" | "video"> {
  const devices = domain.child("devices");
  const graphics = devices?.all("graphics").find((one) => one.get("type") === "vnc");
  const model = devices?.child("video")?.child("model")?.get("type");
  const card = cards.find((one) => one === model);
  if (graphics === undefined) return { video: card };
  const port = Number(graphics.get("port"));
  const listen = graphics.child("listen")?.get("address") ?? graphics.get("listen");
  const keymap = graphics.get("keymap");
  const tablet = devices
    ?.all("input")
    .some((one) => one.get("type") === "tablet" && one.get("bus") === "usb");
  return {
    graphics: {
      type: "vnc",
      ...(port > 0 ? { port } : {}),
      ...(listen === undefined || listen === "127.0.0.1" ? {} : { listen }),
      ...(keymap === undefined ? {} : { keymap }),
      ...(tablet === true ? {} : { tablet: false }),
    },
    video: card === "vga" ? undefined : card,
  };
}

const actions = ["reset", "poweroff", "shutdown", "pause", "inject-nmi", "none"] as const;

function devicesOf(domain: XmlElement): Machine {
  const devices = domain.child("devices");
  const name = domain.child("name")?.text.trim() ?? "";
  const watchdog = devices?.all("watchdog").find((one) => one.get("model") === "i6300esb");
  const action = actions.find((one) => one === watchdog?.get("action"));
  const agent = devices
    ?.all("channel")
    .some((one) => one.child("target")?.get("name") === "org.qemu.guest_agent.0");
  const log = devices?.child("serial")?.child("log")?.get("file") === consoleLogPath(name);
  const init = domain.at("os", "init")?.text.trim();
  const root = devices
    ?.all("filesystem")
    .find((one) => one.child("target")?.get("dir") === "/")
    ?.child("source")
    ?.get("dir");
  if (domain.get("type") === "lxc")
    return {
      container: root === undefined ? undefined : { root, ...(init && init !== "/sbin/init" && { init }) },
    };
  if (domain.get("type") === "xen") return {};
  return {
    watchdog: action === undefined ? undefined : { action },
    rng: devices?.child("rng") === undefined ? false : undefined,
    balloon: devices?.child("memballoon")?.get("model") === "none" ? false : undefined,
    "guest-agent": agent === true ? undefined : false,
    console: log ? undefined : { log: false },
    "host-devices": hostDevicesOf(devices?.all("hostdev") ?? []),
  };
}

function hostDevicesOf(devices: readonly XmlElement[]): VmSpec["host-devices"] {
  const found: NonNullable<VmSpec["host-devices"]> = [];
  const digits = (text: string | undefined): string => (text ?? "").replace(/^0x/, "").toLowerCase();
  for (const device of devices) {
    const source = device.child("source");
    const address = source?.child("address");
    const vendor = source?.child("vendor");
    if (device.get("type") === "usb" && vendor !== undefined) {
      found.push({ usb: `${digits(vendor.get("id"))}:${digits(source?.child("product")?.get("id"))}` });
    } else if (device.get("type") === "pci" && address !== undefined) {
      const part = (name: string): string => digits(address.get(name));
      found.push({ pci: `${part("domain")}:${part("bus")}:${part("slot")}.${part("function")}` });
    } else break;
  }
  return found.length === 0 ? undefined : found;
}
