import { type XmlElement, xml } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";
import { writeXml } from "../xml/write.ts";
import { ownGuestChannel } from "./own-guest-channel.ts";
import { patchDomain } from "./patch-domain.ts";
import type { ResolvedSpec } from "./resolve-spec.ts";
import { clockElement } from "./to-domain-clock.ts";
import { processor, sizeElements } from "./to-domain-cpu.ts";
import { deviceElements } from "./to-domain-devices.ts";
import { blockTuning } from "./to-domain-disks.ts";
import { element } from "./to-domain-element.ts";
import { operatingSystem } from "./to-domain-os.ts";
import { wholeDomain } from "./whole-domain.ts";

/**
 * The domain that libvirt runs for a specification, on one line (a newline in a value of the CIB breaks crmsh).
 * Pure: the same specification gives the same text. Element by element as in
 * https://libvirt.org/formatdomain.html.
 *
 * @throws HavenError xml.invalid when the specification's own XML is not well formed, vm.invalid for a CPU
 * baseline that is not known, for a path in `xml` that finds nothing, and for what `wholeDomain` refuses
 */
export function toDomain(spec: ResolvedSpec): string {
  const { whole } = spec.xml ?? {};
  const domain = whole === undefined ? domainOf(spec) : wholeDomain(spec, whole);
  domain.children.push(...rawElements(spec.xml?.domain, "xml.domain"));
  for (const prefix of prefixes) {
    if (spec.xml?.domain?.includes(`<${prefix}:`) === true) {
      domain.set(`xmlns:${prefix}`, `http://libvirt.org/schemas/domain/${prefix}/1.0`);
    }
  }
  domain.child("devices")?.children.push(...rawElements(spec.xml?.devices, "xml.devices"));
  if (spec.xml !== undefined) {
    patchDomain(domain, spec.xml);
    ownGuestChannel(domain, spec.name);
  }
  // Single quotes: the text becomes an attribute of the CIB, where each double quote would take six bytes.
  return writeXml(domain).replaceAll("'", "&apos;").replaceAll('"', "'");
}

/** The domain that the fields say. */
function domainOf(spec: ResolvedSpec): XmlElement {
  return xml("domain", { type: spec.hypervisor }, [
    element("name", spec.name),
    element("uuid", spec.uuid),
    spec.description === undefined ? undefined : element("description", spec.description),
    ...sizeElements(spec),
    blockTuning(spec),
    operatingSystem(spec),
    ...processor(spec),
    clockElement(spec),
    element("on_poweroff", "destroy"),
    element("on_reboot", "restart"),
    element("on_crash", "destroy"),
    xml("devices", {}, deviceElements(spec)),
  ]);
}

/** What libvirt's drivers pass on to their hypervisors is in name spaces of their own. */
const prefixes = ["qemu", "lxc", "xen"];

function rawElements(text: string | undefined, source: string): readonly XmlElement[] {
  if (text === undefined) return [];
  const { children } = readXml(`<raw>${text}</raw>`, { source, keepMixed: true });
  return children.filter(({ name }) => name !== "#text");
}
