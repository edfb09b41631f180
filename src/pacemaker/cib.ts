import { HavenError } from "../base/errors.ts";
import { XmlElement } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";
import { writeXml } from "../xml/write.ts";

/** What a configuration's version is: compared in this order. Status updates raise `numUpdates` only. */
export interface CibVersion {
  readonly adminEpoch: number;
  readonly epoch: number;
  readonly numUpdates: number;
}

/** Elements of `<resources>`; clones include the promotable ones and 1.x's `<master>`. */
export type ResourceKind = "primitive" | "template" | "group" | "clone" | "master" | "bundle";

export interface CibResource {
  readonly id: string;
  readonly kind: ResourceKind;
  readonly element: XmlElement;
  /** Ids of the group, clone or bundle around it, outermost first. */
  readonly inside: readonly string[];
}

export interface CibNode {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly element: XmlElement;
  /** Permanent attributes. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly utilization: ReadonlyMap<string, string>;
}

/** The blocks of name-value pairs an element may hold. */
export type NvsetKind = "instance_attributes" | "meta_attributes" | "utilization";

const resourceKinds: ReadonlySet<string> = new Set([
  "primitive",
  "template",
  "group",
  "clone",
  "master",
  "bundle",
]);

/** The property set that Pacemaker's own tools write to. */
export const defaultPropertySet = "cib-bootstrap-options";

/** Pacemaker's configuration and status, as a typed view over its XML. To change it see `CibEditor`. */
export class Cib {
  readonly root: XmlElement;
  #index: Index | undefined;

  constructor(root: XmlElement) {
    if (root.name !== "cib") {
      throw new HavenError("cib.invalid", { what: `Its root element is <${root.name}>, not <cib>` });
    }
    this.root = root;
  }

  /** Reads a CIB's text. @throws HavenError xml.invalid, cib.invalid */
  static parse(text: string, source = "CIB"): Cib {
    return new Cib(readXml(text, { source, keepComments: true }));
  }

  get version(): CibVersion {
    const number = (name: string): number => {
      const value = this.root.get(name) ?? "0";
      if (!/^\d{1,15}$/.test(value)) throw new HavenError("cib.invalid", { what: `${name} is '${value}'` });
      return Number(value);
    };
    return {
      adminEpoch: number("admin_epoch"),
      epoch: number("epoch"),
      numUpdates: number("num_updates"),
    };
  }

  get configuration(): XmlElement {
    const found = this.root.child("configuration");
    if (found === undefined) throw new HavenError("cib.invalid", { what: "It has no <configuration>" });
    return found;
  }

  /** The status section; an empty one where there is none. */
  get status(): XmlElement {
    return this.root.child("status") ?? new XmlElement("status");
  }

  /** The element of the configuration with that id. */
  byId(id: string): XmlElement | undefined {
    return this.index.byId.get(id);
  }

  /** The element around one of the configuration's; undefined for `<configuration>` and what is not in it. */
  parentOf(element: XmlElement): XmlElement | undefined {
    return this.index.parents.get(element);
  }

  private get index(): Index {
    if (this.#index === undefined) {
      this.#index = { byId: new Map(), parents: new Map() };
      for (const child of this.configuration.children) enter(this.#index, child, this.configuration);
    }
    return this.#index;
  }

  /** For the editor: puts an element in, and keeps the index of ids up to date. */
  insert(parent: XmlElement, element: XmlElement, at: number): void {
    const { index } = this;
    parent.children.splice(at, 0, element);
    enter(index, element, parent);
  }

  /** For the editor: takes an element out, and keeps the index of ids up to date. */
  take(element: XmlElement): void {
    const { index } = this;
    const parent = index.parents.get(element);
    if (parent === undefined) return;
    parent.children.splice(parent.children.indexOf(element), 1);
    for (const part of element.walk()) {
      index.parents.delete(part);
      const id = ownId(part);
      if (id !== undefined && index.byId.get(id) === part) index.byId.delete(id);
    }
  }

  /** A section's element (crm_config, nodes, resources, constraints, …). */
  section(name: string): XmlElement | undefined {
    return this.configuration.child(name);
  }

  /** A cluster property: of that set, else of the first set that has it. */
  property(name: string, set?: string): string | undefined {
    for (const properties of this.section("crm_config")?.all("cluster_property_set") ?? []) {
      if (set !== undefined && properties.get("id") !== set) continue;
      const value = this.readNvset(properties).get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** All properties of one set. */
  properties(set: string = defaultPropertySet): ReadonlyMap<string, string> {
    const found = this.section("crm_config")
      ?.all("cluster_property_set")
      .find((properties) => properties.get("id") === set);
    return found === undefined ? new Map() : this.readNvset(found);
  }

  /**
   * The meta attributes that rsc_defaults gives to every resource that has none of its own of that name. What is said
   * there twice, or under a condition (a rule), is not among them: it is not the same for all.
   */
  get resourceDefaults(): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    const doubtful = new Set<string>();
    for (const set of this.section("rsc_defaults")?.all("meta_attributes") ?? []) {
      const conditional = set.child("rule") !== undefined;
      for (const [name, value] of this.readNvset(set)) {
        if (conditional || found.has(name)) doubtful.add(name);
        else found.set(name, value);
      }
    }
    for (const name of doubtful) found.delete(name);
    return found;
  }

  get nodes(): readonly CibNode[] {
    return (this.section("nodes")?.all("node") ?? []).map((element) => ({
      id: element.get("id") ?? "",
      name: element.get("uname") ?? "",
      type: element.get("type") ?? "member",
      element,
      attributes: this.nvpairs(element, "instance_attributes"),
      utilization: this.nvpairs(element, "utilization"),
    }));
  }

  node(name: string): CibNode | undefined {
    return this.nodes.find((node) => node.name === name);
  }

  /** Every resource, containers before what they hold; templates too. */
  get resources(): readonly CibResource[] {
    const found: CibResource[] = [];
    const visit = (element: XmlElement, inside: readonly string[]): void => {
      for (const child of element.children) {
        if (!resourceKinds.has(child.name)) continue;
        const id = child.get("id") ?? "";
        found.push({ id, kind: child.name as ResourceKind, element: child, inside });
        if (child.name !== "primitive" && child.name !== "template") visit(child, [...inside, id]);
      }
    };
    const section = this.section("resources");
    if (section !== undefined) visit(section, []);
    return found;
  }

  resource(id: string): CibResource | undefined {
    const element = this.byId(id);
    if (element === undefined || !resourceKinds.has(element.name)) return undefined;
    const inside: string[] = [];
    for (let around = this.parentOf(element); around !== undefined; around = this.parentOf(around)) {
      if (resourceKinds.has(around.name)) inside.unshift(around.get("id") ?? "");
    }
    return { id, kind: element.name as ResourceKind, element, inside };
  }

  /** Constraints (location, colocation, order, ticket) in order. */
  get constraints(): readonly XmlElement[] {
    return (this.section("constraints")?.children ?? []).filter((element) => element.name.startsWith("rsc_"));
  }

  /** Constraints that name that resource, also in a resource set. */
  constraintsOf(resource: string): readonly XmlElement[] {
    return this.constraints.filter((constraint) => resourcesNamedBy(constraint).includes(resource));
  }

  /** The resources that a name in a constraint means: those of a tag of that name; else the one itself. */
  meantBy(name: string): readonly string[] {
    const element = this.byId(name);
    if (element?.name !== "tag") return [name];
    return element.all("obj_ref").map((reference) => reference.get("id") ?? "");
  }

  /** The name-value pairs of an element, `id-ref` followed, all its sets of that kind merged, first one first. */
  nvpairs(owner: XmlElement, kind: NvsetKind): ReadonlyMap<string, string> {
    const sets = owner.all(kind);
    const [only] = sets;
    if (only !== undefined && sets.length === 1) return this.readNvset(only);
    const merged = new Map<string, string>();
    for (const set of sets) {
      for (const [name, value] of this.readNvset(set)) if (!merged.has(name)) merged.set(name, value);
    }
    return merged;
  }

  private readNvset(set: XmlElement): ReadonlyMap<string, string> {
    const reference = set.get("id-ref");
    const source = reference === undefined ? set : (this.byId(reference) ?? set);
    const map = new Map<string, string>();
    for (const pair of source.children) {
      if (pair.name !== "nvpair") continue;
      const pairReference = pair.get("id-ref");
      const real = pairReference === undefined ? pair : this.byId(pairReference);
      const name = pair.get("name") ?? real?.get("name");
      const value = real?.get("value");
      if (name !== undefined && value !== undefined && !map.has(name)) map.set(name, value);
    }
    return map;
  }

  /** The CIB as text, on one line unless `indent` is given. */
  toXml(options: { readonly indent?: number } = {}): string {
    return writeXml(this.root, options);
  }
}

interface Index {
  readonly byId: Map<string, XmlElement>;
  readonly parents: Map<XmlElement, XmlElement>;
}

function enter(index: Index, element: XmlElement, parent: XmlElement): void {
  index.parents.set(element, parent);
  const id = ownId(element);
  if (id !== undefined && !index.byId.has(id)) index.byId.set(id, element);
  for (const child of element.children) enter(index, child, element);
}

// In these, `id` names another element; a node's is the membership's number or, for a remote node, the same as the
// id of the resource that connects to it.
const noXmlId: ReadonlySet<string> = new Set(["resource_ref", "obj_ref", "role", "node"]);

/** The id an element has of its own among all; undefined where its `id` attribute is something else. */
export function ownId(element: XmlElement): string | undefined {
  return noXmlId.has(element.name) ? undefined : element.get("id");
}

/** Ids of the resources that a constraint names. */
export function resourcesNamedBy(constraint: XmlElement): readonly string[] {
  const names: string[] = [];
  for (const attribute of ["rsc", "with-rsc", "first", "then"]) {
    const value = constraint.get(attribute);
    if (value !== undefined) names.push(value);
  }
  for (const set of constraint.all("resource_set")) {
    for (const reference of set.all("resource_ref")) names.push(reference.get("id") ?? "");
  }
  return names;
}
