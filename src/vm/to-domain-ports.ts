import { hasIde } from "../contract/spec-checks.ts";
import { type XmlElement, xml } from "../xml/element.ts";
import type { ResolvedSpec } from "./resolve-spec.ts";
import { isQemu } from "./to-domain-element.ts";

/** Devices of a q35 machine besides disks, networks and PCI devices of the host, each of which takes a port. */
const others = 6;
/** What can be plugged into a VM while it runs. */
const spare = 8;

/**
 * Room for disks and networks that a VM gets while it runs: a PCI Express device is plugged into a port of its own,
 * and libvirt gives a domain one spare port (https://libvirt.org/pci-hotplug.html, "x86_64/q35"). The port with the
 * highest number makes libvirt fill up those below it, in the order in which it would make them itself.
 */
export function portElements(spec: ResolvedSpec): readonly XmlElement[] {
  if (!isQemu(spec) || hasIde(spec.machine)) return [];
  const virtio = spec.disks?.filter(
    ({ bus, iso }) => (bus ?? (iso === undefined ? "virtio" : "")) === "virtio",
  );
  const own = [virtio, spec.networks, spec["host-devices"]].reduce(
    (sum, list) => sum + (list?.length ?? 0),
    0,
  );
  return [xml("controller", { type: "pci", index: own + others + spare, model: "pcie-root-port" })];
}
