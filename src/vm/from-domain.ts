import { HavenError } from "../base/errors.ts";
import { normalUuid } from "../base/normal-uuid.ts";
import type { Hypervisor, VmSpec } from "../contract/vm-spec.ts";
import type { XmlElement } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";
import { writeXml } from "../xml/write.ts";
import { domainRemainder, type Remainder } from "./domain-remainder.ts";
import { disksOf } from "./from-domain-disks.ts";
import { machineOf, processorOf } from "./from-domain-machine.ts";
import { networksOf } from "./from-domain-networks.ts";
import { resolveSpec } from "./resolve-spec.ts";
import { domainDifference } from "./same-domain.ts";
import { secretsOf } from "./secrets-of.ts";
import { stripRuntime } from "./strip-runtime.ts";
import { toDomain } from "./to-domain.ts";
import { cpusOf, memoryOf } from "./whole-domain.ts";

export interface FromDomainOptions {
  /** What errors name it by: a file's path, "the domain web1 on node2". */
  readonly source: string;
  /** Instead of the domain's own name. */
  readonly name?: string | undefined;
}

/** As many additions to the fields of a specification are still read with more ease than a domain's whole XML. */
const mostRemainder = 10;

/**
 * The specification of a libvirt domain of any origin: fields for what has a field and `xml` for what is left over,
 * where the two give a domain that means the same, proven by making it; else with the domain's XML whole. Nothing of
 * it is lost but what belongs to one run of it (`stripRuntime`).
 *
 * @throws HavenError xml.invalid, vm.invalid with what is wrong: no domain, a type or memory that is none, a password
 */
export async function fromDomain(text: string, options: FromDomainOptions): Promise<VmSpec> {
  const { source } = options;
  const domain = readXml(text, { source, keepMixed: true, keepComments: true });
  const problems = problemsOf(domain);
  if (problems.length > 0)
    throw new HavenError("vm.invalid", { problems: problems.map((what) => `${source}: ${what}`) });
  stripRuntime(domain);
  const base = baseOf(domain, options);
  const whole: VmSpec = { ...base, xml: { whole: writeXml(domain, { indent: 2 }) } };
  const named = domain.clone();
  const name = named.child("name");
  if (name !== undefined) name.text = base.name;
  return (await byFields(base, named)) ?? whole;
}

function problemsOf(domain: XmlElement): readonly string[] {
  if (domain.name !== "domain") return [`expected a libvirt domain, found <${domain.name}>`];
  const problems: string[] = [];
  const type = domain.get("type");
  if (!hypervisors.some((one) => one === type))
    problems.push(`expected a domain of type ${hypervisors.join(", ")}, found ${type ?? "none"}`);
  if (memoryOf(domain) === undefined) problems.push("expected <memory> with a size, found none");
  if (domain.child("devices") === undefined) problems.push("expected <devices>, found none");
  const { now, most } = cpusOf(domain);
  if (!(now >= 1 && most >= now)) problems.push("expected a number of CPUs in <vcpu>");
  return [...problems, ...secretsOf(domain)];
}

const hypervisors: readonly Hypervisor[] = ["kvm", "qemu", "xen", "lxc"];

type Base = VmSpec & { readonly hypervisor: Hypervisor };

/** What counts beside the XML, too. */
function baseOf(domain: XmlElement, options: FromDomainOptions): Base {
  const memory = memoryOf(domain) ?? { now: 0, most: 0 };
  const { now, most } = cpusOf(domain);
  const uuid = normalUuid(domain.child("uuid")?.text ?? "");
  return {
    name: options.name ?? domain.child("name")?.text.trim() ?? "",
    memory: memory.now,
    ...(memory.most === memory.now ? {} : { "memory-maximum": memory.most }),
    cpu: { count: now, ...(most === now ? {} : { maximum: most }) },
    hypervisor: hypervisors.find((one) => one === domain.get("type")) ?? "qemu",
    ...(uuid === undefined ? {} : { uuid }),
  };
}

/** Stands in where the domain leaves the choice; it is taken out again. */
const anyUuid = "00000000-0000-4000-8000-000000000000";

/** The specification by its fields; undefined where they do not give the same domain, or not in a few words. */
async function byFields(base: Base, domain: XmlElement): Promise<VmSpec | undefined> {
  // Comments are for people: they are kept with the XML.
  if (hasComments(domain)) return undefined;
  const spec = fieldsOf(base, domain);
  const found = [short(spec), spec]
    .map((one) => withRemainder(one, domain))
    .filter((one) => one !== undefined)
    .sort((a, b) => sizeOf(a.xml) - sizeOf(b.xml));
  const { vmSpec } = await import("../contract/vm-spec.ts");
  // The name is for the caller to get right.
  return found.find((one) => vmSpec.safeParse({ ...one, name: "any" }).success);
}

function fieldsOf(base: Base, domain: XmlElement): VmSpec {
  const disks = disksOf(domain);
  const networks = networksOf(domain);
  const description = domain.child("description")?.text.trim();
  const { hypervisor, uuid, ...rest } = base;
  const processor = hypervisor === "kvm" || hypervisor === "qemu" ? processorOf(domain) : undefined;
  return {
    ...rest,
    ...(description === undefined ? {} : { description }),
    cpu: { ...processor, ...base.cpu, count: base.cpu?.count ?? 1 },
    ...machineOf(domain),
    ...(disks.length === 0 ? {} : { disks: [...disks] }),
    ...(networks.length === 0 ? {} : { networks: [...networks] }),
    hypervisor,
    ...(uuid === undefined ? {} : { uuid }),
  };
}

/** How many additions to the fields there are. */
function sizeOf(xml: VmSpec["xml"]): number {
  return Object.values(xml ?? {}).reduce((sum, part) => sum + Object.keys(Object(part)).length, 0);
}

/** Without what Haven chooses in the same way. */
function short(spec: VmSpec): VmSpec {
  const { disks, boot, ...rest } = spec;
  const isXen = spec.hypervisor === "xen";
  return {
    ...rest,
    ...(boot?.kernel === undefined ? {} : { boot }),
    ...(disks === undefined
      ? {}
      : {
          disks: disks.map(({ target: _target, bus, ...disk }) => {
            const usual = disk.iso === undefined ? (isXen ? "xen" : "virtio") : isXen ? "ide" : "sata";
            return bus === undefined || bus === usual ? disk : { ...disk, bus };
          }),
        }),
  };
}

function withRemainder(spec: VmSpec, domain: XmlElement): VmSpec | undefined {
  try {
    const made = domainOf(spec);
    const wanted = domain.clone();
    chooseAlike(wanted, made);
    const differs = (parts: readonly Part[]): boolean =>
      domainDifference(domainOf(withParts(spec, parts)), wanted) !== undefined;
    if (!differs([])) return spec;
    const all = partsOf(domainRemainder(made, wanted));
    if (all.length > 2 * mostRemainder || differs(all)) return undefined;
    // What libvirt would fill in as it stands there need not be said.
    const needed = all.reduce((parts, one) => {
      const fewer = parts.filter((part) => part !== one);
      return differs(fewer) ? parts : fewer;
    }, all);
    return needed.length > mostRemainder ? undefined : withParts(spec, needed);
  } catch {
    // Fields that contradict each other, or XML that `xml` cannot say.
    return undefined;
  }
}

/** One addition to the fields. */
interface Part {
  readonly kind: keyof Remainder;
  readonly text: string;
  readonly value?: string;
}

function partsOf({ domain, devices, set, remove }: Remainder): readonly Part[] {
  return [
    ...domain.map((text): Part => ({ kind: "domain", text })),
    ...devices.map((text): Part => ({ kind: "devices", text })),
    ...remove.map((text): Part => ({ kind: "remove", text })),
    ...Object.entries(set).map(([text, value]): Part => ({ kind: "set", text, value })),
  ];
}

function withParts(spec: VmSpec, parts: readonly Part[]): VmSpec {
  if (parts.length === 0) return spec;
  const texts = (kind: Part["kind"]): string[] =>
    parts.filter((part) => part.kind === kind).map(({ text }) => text);
  const [domain, devices, remove] = (["domain", "devices", "remove"] as const).map(texts);
  const set = parts.filter(({ kind }) => kind === "set").map(({ text, value = "" }) => [text, value]);
  return {
    ...spec,
    xml: {
      ...(domain?.length ? { domain: domain.join("\n") } : {}),
      ...(devices?.length ? { devices: devices.join("\n") } : {}),
      ...(set.length > 0 ? { set: Object.fromEntries(set) } : {}),
      ...(remove?.length ? { remove } : {}),
    },
  };
}

function domainOf(spec: VmSpec): XmlElement {
  const resolved = resolveSpec(spec, { hypervisor: "qemu", uuid: anyUuid });
  return readXml(toDomain(resolved), { source: "domain", keepMixed: true });
}

/** What the domain leaves open is chosen, once, as for every VM: its UUID, and addresses of network cards. */
function chooseAlike(wanted: XmlElement, made: XmlElement): void {
  const uuid = made.child("uuid");
  const at = wanted.children.findIndex(({ name }) => name === "uuid");
  if (uuid !== undefined && normalUuid(wanted.children[at]?.text ?? "") === undefined)
    wanted.children.splice(Math.max(0, at), at === -1 ? 0 : 1, uuid);
  const cards = made.child("devices")?.all("interface") ?? [];
  for (const [i, card] of (wanted.child("devices")?.all("interface") ?? []).entries()) {
    const mac = card.children.findIndex(({ name }) => name === "mac");
    const address = card.children[mac]?.get("address");
    const chosen = cards[i]?.child("mac");
    if (chosen === undefined || (address !== undefined && address !== "auto")) continue;
    card.children.splice(Math.max(0, mac), mac === -1 ? 0 : 1, chosen);
  }
}

function hasComments(domain: XmlElement): boolean {
  for (const part of domain.walk()) if (part.name === "#comment") return true;
  return false;
}
