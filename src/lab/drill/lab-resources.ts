import { naturalOrder } from "../../base/natural-order.ts";
import type { Cib } from "../../pacemaker/cib.ts";
import { foreignAgents } from "../../vm/foreign-vms.ts";
import { vmNameOf } from "../../vm/names.ts";
import { oneLineJson } from "../../vm/one-line-json.ts";
import { toDomain } from "../../vm/to-domain.ts";
import { vmAgent } from "../../vm/vm-template.ts";
import { type VmEntry, vmsInCib } from "../../vm/vms-in-cib.ts";
import { type XmlElement, xml } from "../../xml/element.ts";
import { drillGuest } from "./drill-guest.ts";

/** A VM of the real cluster, in the lab. */
export interface DrillVm {
  /** As reports call it. */
  readonly name: string;
  readonly resource: string;
  /** The domain's name, where a guest stands for it; undefined: it has but a place in the cluster. */
  readonly guest: string | undefined;
}

export interface ReplacedResource {
  readonly id: string;
  readonly was: string;
  readonly is: string;
}

export interface LabResources {
  readonly vms: readonly DrillVm[];
  readonly replaced: readonly ReplacedResource[];
  /** Ids of resources that are not there any more. */
  readonly removed: ReadonlySet<string>;
}

const dummy = { class: "ocf", provider: "pacemaker", type: "Dummy" } as const;
const stateful = { class: "ocf", provider: "pacemaker", type: "Stateful" } as const;
type Agent = Readonly<Record<"class" | "provider" | "type", string>>;

/** Agents that do in the lab what they do elsewhere. */
const kept: ReadonlySet<string> = new Set([
  "ocf:pacemaker:Dummy",
  "ocf:pacemaker:Stateful",
  "ocf:pacemaker:ping",
  "ocf:pacemaker:attribute",
]);

interface Work {
  readonly cib: Cib;
  readonly pingTargets: readonly string[];
  /** Domains by the ids of the VMs' resources. */
  readonly guests: ReadonlyMap<string, { readonly name: string; readonly entry: VmEntry | undefined }>;
  readonly vms: DrillVm[];
  readonly replaced: ReplacedResource[];
  readonly removed: Set<string>;
}

/**
 * Makes the resources of a real cluster into such as run in the lab, in place: VMs become small guests, as many as there
 * is room for, fence devices go, and what needs something that the lab does not have becomes a resource that only says
 * that it runs. Ids, meta attributes, utilization and operations stay.
 *
 * @param options `guests`: at most so many VMs that are to run become guests, those with the highest priority first
 */
export function labResources(
  cib: Cib,
  options: { readonly guests: number; readonly pingTargets: readonly string[] },
): LabResources {
  const section = cib.section("resources");
  const work: Work = {
    cib,
    pingTargets: options.pingTargets,
    guests: chooseGuests(cib, options.guests),
    ...{ vms: [], replaced: [], removed: new Set<string>() },
  };
  if (section !== undefined) convertAll(work, section, { cloned: false, promotable: false });
  return work;
}

interface Around {
  readonly cloned: boolean;
  readonly promotable: boolean;
}

function convertAll(work: Work, parent: XmlElement, around: Around): void {
  const left = parent.children.flatMap((child) => convert(work, child, around) ?? []);
  parent.children.splice(0, parent.children.length, ...left);
}

/** @returns what stands in its place; undefined where nothing does */
function convert(work: Work, element: XmlElement, around: Around): XmlElement | undefined {
  const id = element.get("id") ?? "";
  switch (element.name) {
    case "primitive":
      return convertOne(work, element, around);
    case "template":
      return convertTemplate(work, element);
    case "bundle":
      return cloneForBundle(work, element);
    case "group":
    case "clone":
    case "master": {
      const promotable = work.cib.nvpairs(element, "meta_attributes").get("promotable") === "true";
      convertAll(work, element, {
        cloned: around.cloned || element.name !== "group",
        promotable: around.promotable || element.name === "master" || promotable,
      });
      if (element.children.some(({ name }) => name === "primitive" || name === "group")) return element;
      work.removed.add(id);
      return undefined;
    }
    default:
      return element;
  }
}

/** What it holds may be referred to; resources have what they need of it themselves. */
function convertTemplate({ removed }: Work, element: XmlElement): XmlElement | undefined {
  if (element.get("class") === "stonith") {
    removed.add(element.get("id") ?? "");
    return undefined;
  }
  setParameters(element, undefined);
  return element;
}

function convertOne(work: Work, element: XmlElement, around: Around): XmlElement | undefined {
  const id = element.get("id") ?? "";
  writeOut(work.cib, element);
  const agent = agentOf(element);
  if (agent.class === "stonith") {
    work.removed.add(id);
    return undefined;
  }
  dropRemoteNode(element);
  const was = wordOf(agent);
  if (kept.has(was)) {
    if (was === "ocf:pacemaker:ping") pingLabTargets(work, element);
    return element;
  }
  const chosen = around.cloned ? undefined : work.guests.get(id);
  const next = chosen !== undefined ? vmAgent : around.promotable ? stateful : dummy;
  for (const name of ["class", "provider", "type"] as const) element.set(name, next[name]);
  setParameters(element, chosen === undefined ? undefined : guestParameters(id, chosen));
  if (isVmAgent(agent)) work.vms.push({ name: vmNameOf(id) ?? id, resource: id, guest: chosen?.name });
  const is = wordOf(next);
  if (is !== was) work.replaced.push({ id, was, is });
  return element;
}

/** What a resource has from a template it refers to itself, behind its own, which goes first. */
function writeOut(cib: Cib, element: XmlElement): void {
  const name = element.get("template");
  const template = name === undefined ? undefined : cib.byId(name);
  if (template === undefined) return;
  element.set("template", undefined);
  for (const part of ["class", "provider", "type"]) element.set(part, template.get(part));
  for (const kind of ["meta_attributes", "utilization", "operations"]) {
    if (kind === "operations" && element.child(kind) !== undefined) continue;
    for (const set of template.all(kind)) {
      const id = set.get("id") ?? set.get("id-ref");
      if (id !== undefined) element.children.push(xml(kind, { "id-ref": id }));
    }
  }
}

function agentOf(element: XmlElement): Agent {
  const { class: kind, provider, type } = Object.fromEntries(element.entries());
  return { class: kind ?? "", provider: provider ?? "", type: type ?? "" };
}

function wordOf({ class: kind, provider, type }: Agent): string {
  return [kind, provider, type].filter((word) => word !== "").join(":");
}

function isVmAgent({ class: kind, provider, type }: Agent): boolean {
  if (kind !== "ocf") return false;
  return (
    (provider === vmAgent.provider && type === vmAgent.type) || foreignAgents.some((one) => one === type)
  );
}

function setParameters(element: XmlElement, parameters: XmlElement | undefined): void {
  const others = element.children.filter(({ name }) => name !== "instance_attributes");
  element.children.splice(
    0,
    element.children.length,
    ...(parameters === undefined ? [] : [parameters]),
    ...others,
  );
}

function guestParameters(
  id: string,
  { name, entry }: { readonly name: string; readonly entry: VmEntry | undefined },
): XmlElement {
  const spec = drillGuest(name, entry ?? {});
  return parameterSet(id, { xml: toDomain(spec), spec: oneLineJson(spec) });
}

function parameterSet(id: string, values: Readonly<Record<string, string>>): XmlElement {
  const pairs = Object.entries(values).map(([name, value]) =>
    xml("nvpair", { id: `${id}.drill.${name}`, name, value }),
  );
  return xml("instance_attributes", { id: `${id}.drill` }, pairs);
}

/** As many targets as before, so that its scores mean the same: the lab's. */
function pingLabTargets(work: Work, element: XmlElement): void {
  const id = element.get("id") ?? "";
  const values = Object.fromEntries(work.cib.nvpairs(element, "instance_attributes"));
  const hosts = (values.host_list ?? "").split(/\s+/).filter((host) => host !== "");
  const count = Math.max(1, hosts.length);
  const targets = Array.from(
    { length: count },
    (_, i) => work.pingTargets[i % work.pingTargets.length] ?? "",
  );
  setParameters(element, parameterSet(id, { ...values, host_list: targets.join(" ") }));
  const was = `ocf:pacemaker:ping to ${hosts.join(" ") || "nobody"}`;
  work.replaced.push({ id, was, is: "ocf:pacemaker:ping to the lab's targets" });
}

/** A bundle's containers become instances of a clone of the same id. */
function cloneForBundle(work: Work, bundle: XmlElement): XmlElement {
  const id = bundle.get("id") ?? "";
  const container = bundle.children.find((child) => child.get("image") !== undefined);
  const promoted = container?.get("promoted-max") ?? container?.get("masters");
  const next = promoted === undefined ? dummy : stateful;
  const meta = {
    "clone-max": container?.get("replicas") ?? promoted ?? "1",
    "clone-node-max": container?.get("replicas-per-host") ?? "1",
    ...(promoted === undefined ? {} : { promotable: "true", "promoted-max": promoted }),
  };
  const set = `${id}.drill-meta`;
  const pairs = Object.entries(meta).map(([name, value]) =>
    xml("nvpair", { id: `${set}.${name}`, name, value }),
  );
  const inner = bundle.child("primitive")?.get("id") ?? `${id}.drill-instance`;
  work.replaced.push({
    id,
    was: `bundle (${container?.name ?? "container"})`,
    is: `clone of ${wordOf(next)}`,
  });
  return xml("clone", { id }, [
    xml("meta_attributes", { id: set }, pairs),
    xml("primitive", { id: inner, ...next }),
  ]);
}

/** Guests of the lab are no nodes. */
function dropRemoteNode(element: XmlElement): void {
  for (const set of element.all("meta_attributes")) {
    const left = set.children.filter((pair) => !/^remote-/.test(pair.get("name") ?? ""));
    set.children.splice(0, set.children.length, ...left);
  }
}

/** Which VMs become guests, and what these are called. */
function chooseGuests(cib: Cib, most: number): Work["guests"] {
  const entries = new Map(vmsInCib(cib).map((entry) => [entry.resource, entry]));
  const all = cib.resources.flatMap(({ id, kind, element }) => {
    const template = element.get("template");
    if (kind !== "primitive") return [];
    if (!isVmAgent(agentOf(template === undefined ? element : (cib.byId(template) ?? element)))) return [];
    const meta = cib.nvpairs(element, "meta_attributes");
    const runs = meta.get("target-role") !== "Stopped";
    return [{ id, runs, priority: Number(meta.get("priority") ?? 0) || 0 }];
  });
  const wanted = all
    .filter(({ runs }) => runs)
    .toSorted((a, b) => b.priority - a.priority || naturalOrder(a.id, b.id));
  const chosen = [...wanted.slice(0, most), ...all.filter(({ runs }) => !runs)];
  const taken = new Set<string>();
  return new Map(
    chosen.map(({ id }) => {
      const name = guestName(vmNameOf(id) ?? id, taken);
      taken.add(name);
      return [id, { name, entry: entries.get(id) }];
    }),
  );
}

function guestName(id: string, taken: ReadonlySet<string>): string {
  const plain =
    id
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 50) || "vm";
  for (let i = 2, name = plain; ; name = `${plain}-${i++}`) if (!taken.has(name)) return name;
}
