import { HavenError } from "../base/errors.ts";
import { memoryBytes } from "../libvirt/memory-bytes.ts";
import type { XmlElement } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";
import { vmDefaults } from "./defaults.ts";
import { derivedMac, type ResolvedSpec } from "./resolve-spec.ts";
import { element } from "./to-domain-element.ts";

/**
 * The domain of a specification that has its XML whole (`xml.whole`): that XML, with the few fields that count beside
 * it put in where they say something else: name, UUID, type, description, memory and its maximum, the number of CPUs.
 * All else is as it stands there. Network cards without an address get one derived from the UUID.
 *
 * @throws HavenError xml.invalid, vm.invalid when it is not the XML of a domain, or a size cannot be changed in it
 */
export function wholeDomain(spec: ResolvedSpec, whole: string): XmlElement {
  const domain = readXml(whole, { source: "xml.whole", keepMixed: true });
  if (domain.name !== "domain") throw invalid(spec, `a libvirt domain, found <${domain.name}>`);
  domain.set("type", spec.hypervisor);
  if (spec.description !== undefined) put(domain, element("description", spec.description));
  if (textOf(domain, "uuid")?.toLowerCase() !== spec.uuid) put(domain, element("uuid", spec.uuid));
  if (textOf(domain, "name") !== spec.name) put(domain, element("name", spec.name));
  setMemory(domain, spec);
  setCpus(domain, spec);
  for (const [i, card] of (domain.child("devices")?.all("interface") ?? []).entries()) {
    const address = card.child("mac")?.get("address");
    if (address === undefined || address === "auto") put(card, macElement(derivedMac(spec.uuid, i)));
  }
  return domain;
}

/** Memory of a domain in MiB, rounded up: what it has, and the most it may get. Undefined where none is named. */
export function memoryOf(domain: XmlElement): { readonly now: number; readonly most: number } | undefined {
  const most = memoryBytes(domain.child("memory"));
  if (most === undefined) return undefined;
  const now = memoryBytes(domain.child("currentMemory")) ?? most;
  return { now: mebibytes(Math.min(now, most)), most: mebibytes(most) };
}

/** How many CPUs a domain has, and may get. */
export function cpusOf(domain: XmlElement): { readonly now: number; readonly most: number } {
  const vcpu = domain.child("vcpu");
  const most = Number(vcpu?.text.trim() || vmDefaults.cpuCount);
  return { now: Number(vcpu?.get("current") ?? most), most };
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 1024 ** 2);
}

function setMemory(domain: XmlElement, spec: ResolvedSpec): void {
  const { memory, "memory-maximum": most = memory } = spec;
  const has = memoryOf(domain);
  if (has?.most !== most) {
    if (domain.at("cpu", "numa", "cell") !== undefined)
      throw invalid(
        spec,
        `${has?.most} MiB, which its NUMA cells add up to: change these in xml.whole`,
        "memory",
      );
    put(domain, element("memory", String(most), { unit: "MiB" }));
  }
  if (has?.now !== memory || has.most !== most) {
    remove(domain, "currentMemory");
    if (memory !== most) put(domain, element("currentMemory", String(memory), { unit: "MiB" }));
  }
}

function setCpus(domain: XmlElement, spec: ResolvedSpec): void {
  const { count = vmDefaults.cpuCount, maximum = count } = spec.cpu ?? {};
  const has = cpusOf(domain);
  if (has.now === count && has.most === maximum) return;
  if (domain.child("vcpus") !== undefined || (has.most !== maximum && hasTopology(domain)))
    throw invalid(spec, `${has.now} CPUs, which its XML has in detail: change them in xml.whole`, "cpu");
  const vcpu = domain.child("vcpu") ?? element("vcpu", "");
  vcpu.text = String(maximum);
  vcpu.set("current", maximum === count ? undefined : String(count));
  put(domain, vcpu);
}

function hasTopology(domain: XmlElement): boolean {
  return domain.at("cpu", "topology") !== undefined || domain.at("cpu", "numa", "cell") !== undefined;
}

function macElement(address: string): XmlElement {
  const mac = element("mac", "");
  mac.set("address", address);
  return mac;
}

function textOf(domain: XmlElement, name: string): string | undefined {
  return domain.child(name)?.text.trim();
}

/** In the place of the one of its name, else in front. */
function put(parent: XmlElement, child: XmlElement): void {
  const { children } = parent;
  const at = children.findIndex(({ name }) => name === child.name);
  if (at === -1) children.unshift(child);
  else children[at] = child;
}

function remove(parent: XmlElement, name: string): void {
  const { children } = parent;
  const at = children.findIndex((child) => child.name === name);
  if (at !== -1) children.splice(at, 1);
}

function invalid({ name }: ResolvedSpec, expected: string, field = "xml.whole"): HavenError {
  return new HavenError("vm.invalid", { problems: [`${name}: ${field}: expected ${expected}`] });
}
