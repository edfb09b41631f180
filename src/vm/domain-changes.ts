import { memoryBytes } from "../libvirt/memory-bytes.ts";
import type { XmlElement } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";

/**
 * What would have to change in a domain to make it another one, in words: memory, processors, disks, networks,
 * boot, firmware, name. What libvirt fills in by itself (addresses, aliases, defaults) is no difference.
 *
 * @throws HavenError xml.invalid
 */
export function domainChanges(fromXml: string, toXml: string): readonly string[] {
  const from = facts(readXml(fromXml, { source: "domain XML" }));
  const to = facts(readXml(toXml, { source: "domain XML" }));
  const changes: string[] = [];
  for (const [what, value] of to) {
    const before = from.get(what);
    if (before === value) continue;
    changes.push(before === undefined ? `${what}: now ${value}` : `${what}: ${before} → ${value}`);
  }
  for (const [what, value] of from) if (!to.has(what)) changes.push(`${what}: no longer ${value}`);
  return changes;
}

function facts(domain: XmlElement): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const put = (what: string, value: string | undefined): void => {
    if (value !== undefined && value !== "") found.set(what, value);
  };
  const maximum = mebibytes(domain.child("memory"));
  put("name", domain.child("name")?.text.trim());
  put("uuid", domain.child("uuid")?.text.trim().toLowerCase());
  put("most memory", maximum);
  put("memory", mebibytes(domain.child("currentMemory")) ?? maximum);
  const vcpu = domain.child("vcpu");
  put("most processors", vcpu?.text.trim());
  put("processors", vcpu?.get("current") ?? vcpu?.text.trim());
  for (const name of ["kernel", "initrd", "cmdline", "init"]) put(name, domain.at("os", name)?.text.trim());
  const devices = domain.child("devices");
  for (const disk of devices?.all("disk") ?? []) {
    put(`disk ${disk.child("target")?.get("dev")}`, diskFacts(disk));
  }
  for (const one of devices?.all("interface") ?? []) {
    const source = one.child("source");
    const where = source?.get("bridge") ?? source?.get("network") ?? source?.get("dev") ?? "no network";
    const link = one.child("link")?.get("state") === "down" ? ", unplugged" : "";
    put(`network ${one.child("mac")?.get("address")?.toLowerCase()}`, `${where}${link}`);
  }
  for (const device of devices?.all("hostdev") ?? []) {
    const source = device.child("source")?.children.map((part) => [...part.entries()].flat().join(" ")) ?? [];
    put(`host device ${source.join(" ")}`, "there");
  }
  return found;
}

function diskFacts(disk: XmlElement): string {
  const source = disk.child("source");
  const name =
    source?.get("file") ?? source?.get("dev") ?? source?.get("name") ?? source?.get("volume") ?? "empty";
  // libvirt leaves the format of a drive without a medium out: there is nothing that has one.
  const format = name === "empty" ? undefined : disk.child("driver")?.get("type");
  const more = [format, disk.child("readonly") && "read-only", disk.child("shareable") && "shared"];
  return [name, ...more.filter((part) => part !== undefined)].join(", ");
}

function mebibytes(element: XmlElement | undefined): string | undefined {
  const bytes = memoryBytes(element);
  return bytes === undefined ? undefined : `${Math.round(bytes / 1024 ** 2)} MiB`;
}
