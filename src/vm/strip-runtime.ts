import { migrationMarkNamespace } from "../libvirt/migration-mark.ts";
import type { XmlElement } from "../xml/element.ts";

/**
 * Takes out of a domain's XML, in place, what belongs to one run of it and not to the machine: the domain's number,
 * libvirt's own aliases, names of taps, terminals, ports and sockets that libvirt chose, labels of the security
 * driver, and of a running one the images that libvirt found behind its disks. libvirt chooses all of these anew at
 * each start (https://libvirt.org/formatdomain.html). Addresses of devices stay: a guest may know them.
 */
export function stripRuntime(domain: XmlElement): void {
  const isRunning = domain.get("id") !== undefined;
  domain.set("id", undefined);
  drop(
    domain,
    "seclabel",
    (label) => label.get("type") === "dynamic" && label.child("baselabel") === undefined,
  );
  stripMetadata(domain);
  for (const device of domain.child("devices")?.children ?? []) {
    drop(device, "alias", (alias) => alias.get("name")?.startsWith("ua-") !== true);
    const strip = strippers[device.name];
    strip?.(device, isRunning);
  }
}

const chosenTap = /^(vnet|vif|macvtap|macvlan)\d/;
const chosenSocket = /\/libvirt\/qemu\/(channel\/|domain-\d+-)/;

const strippers: Readonly<Record<string, (device: XmlElement, isRunning: boolean) => void>> = {
  disk: stripDisk,
  interface: stripInterface,
  serial: stripCharacterDevice,
  parallel: stripCharacterDevice,
  console: stripCharacterDevice,
  channel: stripCharacterDevice,
  graphics: stripGraphics,
};

/** The mark of a migration that Haven's agent puts on a domain. */
function stripMetadata(domain: XmlElement): void {
  const metadata = domain.child("metadata");
  if (metadata === undefined) return;
  const isMark = (one: XmlElement): boolean =>
    [...one.entries()].some(([name, value]) => name.startsWith("xmlns") && value === migrationMarkNamespace);
  metadata.children.splice(0, metadata.children.length, ...metadata.children.filter((one) => !isMark(one)));
  if (metadata.children.length === 0) drop(domain, "metadata", () => true);
}

function stripDisk(disk: XmlElement, isRunning: boolean): void {
  disk.child("source")?.set("index", undefined);
  // Kept, it would name the images of today after a snapshot of tomorrow.
  if (isRunning) drop(disk, "backingStore", () => true);
}

function stripInterface(card: XmlElement): void {
  const target = card.child("target");
  if (chosenTap.test(target?.get("dev") ?? "")) target?.set("dev", undefined);
  dropEmpty(card, "target");
  const source = card.child("source");
  if (source?.get("network") === undefined) return;
  for (const name of ["portid", "bridge"]) source.set(name, undefined);
}

function stripCharacterDevice(device: XmlElement): void {
  device.set("tty", undefined);
  device.child("target")?.set("state", undefined);
  const source = device.child("source");
  if (source === undefined) return;
  if (device.get("type") === "pty") source.set("path", undefined);
  if (device.get("type") !== "unix" || !chosenSocket.test(source.get("path") ?? "")) {
    dropEmpty(device, "source");
    return;
  }
  source.set("path", undefined);
  if (source.attributes.length === 2) source.set("mode", undefined);
  dropEmpty(device, "source");
}

function stripGraphics(graphics: XmlElement): void {
  if (graphics.get("autoport") === "yes") {
    for (const name of ["port", "tlsPort"]) if (graphics.get(name) !== undefined) graphics.set(name, "-1");
  }
  for (const listen of [graphics, ...graphics.all("listen")]) {
    if (chosenSocket.test(listen.get("socket") ?? "")) listen.set("socket", undefined);
    if (listen.name === "listen" && listen.get("type") === "network") listen.set("address", undefined);
  }
}

function drop(parent: XmlElement, name: string, isGone: (child: XmlElement) => boolean): void {
  const { children } = parent;
  children.splice(0, children.length, ...children.filter((child) => child.name !== name || !isGone(child)));
}

function dropEmpty(parent: XmlElement, name: string): void {
  drop(
    parent,
    name,
    (child) => child.attributes.length === 0 && child.children.length === 0 && child.text === "",
  );
}
