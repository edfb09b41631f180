import { type XmlElement, xml } from "../xml/element.ts";
import type { ResolvedSpec } from "./resolve-spec.ts";

/** An element with a text: `<name>web1</name>`. */
export function element(
  name: string,
  text: string,
  attributes: Readonly<Record<string, string | number | undefined>> = {},
): XmlElement {
  const result = xml(name, attributes);
  result.text = text;
  return result;
}

/** `<NAME state='on'/>`, as features are switched. */
export function stateElement(name: string, isOn: boolean): XmlElement {
  return xml(name, { state: isOn ? "on" : "off" });
}

/** Whether QEMU runs it, with or without KVM. */
export function isQemu(spec: ResolvedSpec): boolean {
  return spec.hypervisor === "kvm" || spec.hypervisor === "qemu";
}
