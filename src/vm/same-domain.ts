import { memoryBytes } from "../libvirt/memory-bytes.ts";
import { type XmlElement, xml } from "../xml/element.ts";
import { firstDifference } from "../xml/same-meaning.ts";
import { element } from "./to-domain-element.ts";

/**
 * Where two domains first differ in meaning to libvirt, as a path; undefined where they mean the same. Elements of one
 * name keep their order (the first disk stays the first), those of different names have none. What libvirt fills in
 * for what is absent is no difference, where its documentation says what that is
 * (https://libvirt.org/formatdomain.html).
 */
export function domainDifference(one: XmlElement, other: XmlElement): string | undefined {
  return firstDifference(canonical(one), canonical(other));
}

function canonical(domain: XmlElement): XmlElement {
  const copy = domain.clone();
  fillIn(copy);
  sortChildren(copy);
  return copy;
}

function sortChildren(parent: XmlElement): void {
  if (parent.name === "metadata" || parent.children.some(({ name }) => name === "#text")) return;
  parent.children.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (const child of parent.children) sortChildren(child);
}

const lifecycle = { on_poweroff: "destroy", on_reboot: "restart", on_crash: "destroy" } as const;

function fillIn(domain: XmlElement): void {
  const uuid = domain.child("uuid");
  if (uuid !== undefined) uuid.text = uuid.text.trim().toLowerCase();
  const [memory, current] = ["memory", "currentMemory"].map((name) => domain.child(name));
  if (memory !== undefined) inKibibytes(memory);
  if (current !== undefined) inKibibytes(current);
  if (current !== undefined && current.text === memory?.text) leaveOut(domain, current);
  for (const [name, usual] of Object.entries(lifecycle)) {
    if (domain.child(name) === undefined) domain.children.push(element(name, usual));
  }
  const vcpu = domain.child("vcpu") ?? xml("vcpu");
  if (!domain.children.includes(vcpu)) domain.children.push(vcpu);
  vcpu.text = vcpu.text.trim() || "1";
  if (vcpu.get("placement") === undefined) vcpu.set("placement", "static");
  if (vcpu.get("current") === vcpu.text) vcpu.set("current", undefined);
  if (domain.child("clock") === undefined) domain.children.push(xml("clock", { offset: "utc" }));
  const devices = domain.child("devices");
  if (devices !== undefined) fillInDevices(domain, devices);
}

function inKibibytes(size: XmlElement): void {
  const bytes = memoryBytes(size);
  if (bytes === undefined) return;
  size.set("unit", "KiB");
  size.text = String(Math.ceil(bytes / 1024));
}

function fillInDevices(domain: XmlElement, devices: XmlElement): void {
  for (const disk of devices.all("disk")) if (disk.get("device") === undefined) disk.set("device", "disk");
  for (const card of devices.all("interface")) {
    const mac = card.child("mac");
    mac?.set("address", mac.get("address")?.toLowerCase());
  }
  const type = domain.get("type");
  if (type !== "kvm" && type !== "qemu") return;
  if (devices.child("memballoon") === undefined)
    devices.children.push(xml("memballoon", { model: "virtio" }));
  if (domain.at("os", "type")?.text.trim() === "hvm") oneSerialPort(devices);
}

/** The first console of a machine is its first serial port by another name. */
function oneSerialPort(devices: XmlElement): void {
  for (const [i, serial] of devices.all("serial").entries()) {
    const target = serial.child("target") ?? xml("target");
    if (!serial.children.includes(target)) serial.children.push(target);
    if (target.get("type") === "isa-serial") target.set("type", undefined);
    if (target.child("model")?.get("name") === "isa-serial") leaveOut(target, target.child("model"));
    if (target.get("port") === undefined) target.set("port", String(i));
  }
  const [first] = devices.all("console");
  const target = first?.child("target");
  if (first === undefined || (target?.get("type") ?? "serial") !== "serial") return;
  if ((target?.get("port") ?? "0") !== "0" || first.get("type") !== "pty") return;
  leaveOut(devices, first);
  if (devices.child("serial") !== undefined) return;
  const others = first.children.filter(({ name }) => name !== "target");
  devices.children.push(xml("serial", { type: "pty" }, [...others, xml("target", { port: 0 })]));
}

function leaveOut(parent: XmlElement, child: XmlElement | undefined): void {
  if (child !== undefined) parent.children.splice(parent.children.indexOf(child), 1);
}
