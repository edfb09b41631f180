import { type XmlElement, xml } from "../xml/element.ts";
import type { ResolvedSpec } from "./resolve-spec.ts";
import { element } from "./to-domain-element.ts";

const bootNames = { disk: "hd", cdrom: "cdrom", network: "network" } as const;

/** What starts the machine, and what it boots. */
export function operatingSystem(spec: ResolvedSpec): XmlElement {
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
  const devices = kernel === undefined ? bootDevices(spec).map((dev) => xml("boot", { dev })) : [];
  if (spec.hypervisor === "xen") {
    const [machine, type] = kernel === undefined ? ["xenfv", "hvm"] : ["xenpv", "linux"];
    return xml("os", {}, [element("type", type, { arch: "x86_64", machine }), ...direct, ...devices]);
  }
  const type = element("type", "hvm", { arch: "x86_64", machine: spec.machine ?? "q35" });
  const { firmware } = spec;
  if (firmware?.type !== "uefi") return xml("os", {}, [type, ...direct, ...devices]);
  return xml("os", { firmware: "efi" }, [
    type,
    ...secureBoot(firmware["secure-boot"]),
    element("nvram", firmware.nvram ?? ""),
    ...direct,
    ...devices,
  ]);
}

/** By the names that libvirt has for them. An empty disk lets an installer in the drive have its turn. */
function bootDevices({ boot, disks = [] }: ResolvedSpec): readonly string[] {
  if (boot?.from !== undefined) {
    // A disk that is not there cannot be booted from.
    if (boot.from === "disk" && disks.length === 0) return [];
    return [boot.from].flat().map((name) => bootNames[name]);
  }
  return [
    ...(disks.some(({ iso }) => iso === undefined) ? [bootNames.disk] : []),
    ...(disks.some(({ iso }) => iso !== undefined && iso !== "none") ? [bootNames.cdrom] : []),
  ];
}

/** libvirt picks the firmware that has these, and with secure-boot the machine features that it needs. */
function secureBoot(wanted: boolean | undefined): readonly XmlElement[] {
  const enabled = wanted === true ? "yes" : "no";
  return [
    xml("firmware", {}, [
      xml("feature", { enabled, name: "secure-boot" }),
      wanted === true ? xml("feature", { enabled, name: "enrolled-keys" }) : undefined,
    ]),
  ];
}
