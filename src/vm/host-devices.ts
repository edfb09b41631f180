import type { VmSpec } from "../contract/vm-spec.ts";
import { type XmlElement, xml } from "../xml/element.ts";

/**
 * Whether a VM has devices of a node's, so that it runs only where they are, and cannot migrate live: by its domain as
 * `toDomain` writes it, since XML of its own may add some.
 */
export function bindsToNode(domainXml: string): boolean {
  return /<hostdev[\s>/]|<interface [^>]*type='hostdev'/.test(domainXml);
}

/** The node's devices that the guest gets; libvirt takes PCI devices from their driver and gives them back. */
export function hostDeviceElements(spec: Pick<VmSpec, "host-devices">): readonly XmlElement[] {
  return (spec["host-devices"] ?? []).map(({ usb, pci }) => {
    const isPci = pci !== undefined;
    return xml("hostdev", { mode: "subsystem", type: isPci ? "pci" : "usb", managed: isPci ? "yes" : "no" }, [
      xml("source", {}, isPci ? pciAddress(pci) : usbIdentity(usb ?? "")),
    ]);
  });
}

function usbIdentity(usb: string): readonly XmlElement[] {
  const [vendor, product] = usb.split(":");
  return [xml("vendor", { id: `0x${vendor}` }), xml("product", { id: `0x${product}` })];
}

function pciAddress(pci: string): readonly XmlElement[] {
  const [domain, bus, slot, fn] = pci.split(/[:.]/);
  return [xml("address", { domain: `0x${domain}`, bus: `0x${bus}`, slot: `0x${slot}`, function: `0x${fn}` })];
}
