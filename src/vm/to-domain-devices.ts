import { type XmlElement, xml } from "../xml/element.ts";
import { hostDeviceElements } from "./host-devices.ts";
import type { ResolvedSpec } from "./resolve-spec.ts";
import { diskElements } from "./to-domain-disks.ts";
import { element, isQemu } from "./to-domain-element.ts";
import { networkElements } from "./to-domain-networks.ts";
import { portElements } from "./to-domain-ports.ts";
import { consoleLogPath, guestChannelName, guestChannelPath } from "./vm-paths.ts";

/** Everything below `<devices>`. */
export function deviceElements(spec: ResolvedSpec): readonly XmlElement[] {
  return [
    ...diskElements(spec),
    ...portElements(spec),
    ...(spec.hypervisor === "lxc" ? containerRoot(spec) : []),
    ...networkElements(spec),
    ...consoleElements(spec),
    ...screenElements(spec),
    ...(isQemu(spec) ? guestDevices(spec) : []),
    ...hostDeviceElements(spec),
  ];
}

function containerRoot(spec: ResolvedSpec): readonly XmlElement[] {
  return [
    xml("filesystem", { type: "mount", accessmode: "passthrough" }, [
      xml("source", { dir: spec.container?.root }),
      xml("target", { dir: "/" }),
    ]),
  ];
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

/** A screen over VNC, the card that draws it, and a pointer that is where the client's is. */
function screenElements({ graphics, video }: ResolvedSpec): readonly XmlElement[] {
  const isVnc = graphics?.type === "vnc";
  const model = video ?? (isVnc ? "vga" : undefined);
  const card = model === undefined ? [] : [xml("video", {}, [xml("model", { type: model })])];
  if (!isVnc) return card;
  const { port = "auto", listen = "127.0.0.1", keymap, tablet = true } = graphics;
  const isAuto = port === "auto";
  return [
    xml("graphics", { type: "vnc", port: isAuto ? -1 : port, autoport: isAuto ? "yes" : "no", keymap }, [
      xml("listen", { type: "address", address: listen }),
    ]),
    ...card,
    ...(tablet ? [xml("input", { type: "tablet", bus: "usb" })] : []),
  ];
}

function guestDevices(spec: ResolvedSpec): readonly XmlElement[] {
  const agent = xml("channel", { type: "unix" }, [
    xml("target", { type: "virtio", name: "org.qemu.guest_agent.0" }),
  ]);
  const own = xml("channel", { type: "unix" }, [
    xml("source", { mode: "bind", path: guestChannelPath(spec.name) }),
    xml("target", { type: "virtio", name: guestChannelName }),
  ]);
  return [
    ...(spec["guest-agent"] === false ? [] : [agent]),
    ...(hasGuestChannel(spec) ? [own] : []),
    ...(spec.rng === false
      ? []
      : [xml("rng", { model: "virtio" }, [element("backend", "/dev/urandom", { model: "random" })])]),
    xml("memballoon", { model: spec.balloon === false ? "none" : "virtio" }),
    ...(spec.watchdog === undefined
      ? []
      : [xml("watchdog", { model: "i6300esb", action: spec.watchdog.action })]),
    ...trustedPlatform(spec),
    xml("panic", { model: "isa" }),
  ];
}

/** It is there where somebody asks for it, or something needs it. */
function hasGuestChannel(spec: ResolvedSpec): boolean {
  const { "guest-fence": fenced = [], heartbeat } = spec.policies ?? {};
  const isNeeded = fenced.length > 0 || heartbeat !== undefined || spec["ready-signal"]?.enabled === true;
  return spec["guest-channel"] ?? isNeeded;
}

/** Its state is kept when the domain ends, which is a transient one, and where all nodes reach it. */
function trustedPlatform({ tpm }: ResolvedSpec): readonly XmlElement[] {
  if (tpm?.enabled !== true) return [];
  const { state = "libvirt" } = tpm;
  const source = state === "libvirt" ? undefined : xml("source", { type: "dir", path: state });
  return [
    xml("tpm", { model: tpm.model ?? "tpm-crb" }, [
      xml("backend", { type: "emulator", version: "2.0", persistent_state: "yes" }, [source]),
    ]),
  ];
}
