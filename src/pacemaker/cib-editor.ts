import { HavenError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { XmlElement, xml } from "../xml/element.ts";
import { Cib, defaultPropertySet, type NvsetKind, ownId, resourcesNamedBy } from "./cib.ts";
import { type CibChange, diffCib } from "./cib-diff.ts";

/** Values to set by name; undefined takes one away. */
export type NvValues = Readonly<Record<string, string | number | boolean | undefined>>;

/** The longest value Pacemaker can still hand to an agent is just under 128 KiB; this leaves room. */
export const maxValueBytes = 100 * 1024;

const sectionOrder = [
  "crm_config",
  "nodes",
  "resources",
  "constraints",
  "rsc_defaults",
  "op_defaults",
  "fencing-topology",
  "acls",
  "tags",
  "alerts",
];

/**
 * A configuration being changed, in memory: nothing is written until `changeCib` commits it. The CIB it was made
 * from stays as it was. Ids are what they are in Pacemaker's own tools (`crm`, `pcs`), so that both see the same.
 *
 * Every method throws HavenError cib.value (newline, tab, over 100 KB), cib.id (taken, or no XML id), or
 * cib.not-found (with the nearest name).
 */
export class CibEditor {
  /** The configuration as it is now, with what was changed so far. */
  readonly cib: Cib;
  readonly #base: Cib;

  constructor(base: Cib) {
    this.#base = base;
    const { root } = base;
    const children = root.children.map((child) => (child.name === "configuration" ? child.clone() : child));
    this.cib = new Cib(new XmlElement(root.name, root.attributes.slice(), children, root.text));
  }

  /** The configuration as it was. */
  get base(): Cib {
    return this.#base;
  }

  /** The steps from what it was to what it is now. */
  changes(): readonly CibChange[] {
    return diffCib(this.#base, this.cib);
  }

  /** A section's element; made in its place where it is missing. */
  section(name: string): XmlElement {
    const { configuration } = this.cib;
    const found = configuration.child(name);
    if (found !== undefined) return found;
    const rank = sectionOrder.indexOf(name);
    const next = configuration.children.findIndex((child) => sectionOrder.indexOf(child.name) > rank);
    const made = xml(name);
    this.cib.insert(configuration, made, next === -1 ? configuration.children.length : next);
    return made;
  }

  /** Sets cluster properties in a set of that id, made where it is missing. */
  setProperties(values: NvValues, set: string = defaultPropertySet): void {
    const section = this.section("crm_config");
    let found = section.all("cluster_property_set").find((properties) => properties.get("id") === set);
    if (found === undefined) {
      if (Object.values(values).every((value) => value === undefined)) return;
      found = xml("cluster_property_set", { id: set });
      this.add(section, found);
    }
    this.setPairs(found, values);
  }

  /** Takes a whole property set away. */
  removePropertySet(set: string): void {
    const section = this.section("crm_config");
    this.drop(section, (child) => child.name === "cluster_property_set" && child.get("id") === set);
  }

  /** Sets defaults of all resources' meta attributes. */
  setResourceDefaults(values: NvValues, set = "rsc-options"): void {
    this.setDefaults("rsc_defaults", values, set);
  }

  /** Sets defaults of all operations. */
  setOperationDefaults(values: NvValues, set = "op-options"): void {
    this.setDefaults("op_defaults", values, set);
  }

  private setDefaults(section: "rsc_defaults" | "op_defaults", values: NvValues, set: string): void {
    const owner = this.section(section);
    let found = owner.all("meta_attributes").find((element) => element.get("id") === set);
    if (found === undefined) {
      found = xml("meta_attributes", { id: set });
      this.add(owner, found);
    }
    this.setPairs(found, values);
  }

  /**
   * Adds a primitive, template, group, clone or bundle, whole as given (`xml("primitive", …)`).
   * `inside`: the group that takes it, as its last member or at `position` (0 is the first).
   */
  addResource(
    resource: XmlElement,
    options: { readonly inside?: string; readonly position?: number } = {},
  ): void {
    const { inside } = options;
    const parent = inside === undefined ? this.section("resources") : this.need(inside, "resource").element;
    let at: number | undefined;
    if (options.position !== undefined) {
      const members = parent.all("primitive");
      const before = members[options.position];
      at = before === undefined ? undefined : parent.children.indexOf(before);
    }
    this.add(parent, resource, at);
  }

  /** Puts an element in the place of the one that has its id. */
  replace(element: XmlElement): void {
    const id = element.get("id") ?? "";
    const old = this.cib.byId(id);
    const parent = old === undefined ? undefined : this.cib.parentOf(old);
    if (old === undefined || parent === undefined) throw this.missing("element", id, this.allIds());
    const at = parent.children.indexOf(old);
    this.cib.take(old);
    try {
      this.add(parent, element, at);
    } catch (error) {
      this.cib.insert(parent, old, at);
      throw error;
    }
  }

  /** Adds the element, or puts it in the place of the one of its id. `parent` is a section's name. */
  put(parent: string, element: XmlElement): void {
    if (this.cib.byId(element.get("id") ?? "") === undefined) this.add(this.section(parent), element);
    else this.replace(element);
  }

  /**
   * Takes a resource away, with the constraints, fencing levels, tags and ACL entries that name it: Pacemaker
   * refuses a configuration that refers to what is not there. A group or clone left empty goes too.
   */
  removeResource(id: string): void {
    const { element } = this.need(id, "resource");
    const gone = new Set<string>();
    for (const part of element.walk()) {
      const own = part.get("id");
      if (own !== undefined) gone.add(own);
    }
    this.removeElement(element);
    this.dropReferences(gone);
  }

  private dropReferences(gone: ReadonlySet<string>): void {
    const constraints = this.cib.section("constraints");
    if (constraints !== undefined) {
      this.drop(constraints, (c) => {
        for (const set of c.all("resource_set")) {
          this.drop(set, (ref) => ref.name === "resource_ref" && gone.has(ref.get("id") ?? ""));
        }
        const hadSets = c.child("resource_set") !== undefined;
        this.drop(c, (set) => set.name === "resource_set" && set.child("resource_ref") === undefined);
        const emptied = hadSets && c.child("resource_set") === undefined;
        const direct = ["rsc", "with-rsc", "first", "then"].some((name) => gone.has(c.get(name) ?? ""));
        return direct || emptied;
      });
    }
    const topology = this.cib.section("fencing-topology");
    for (const level of topology?.children.slice() ?? []) {
      const devices = (level.get("devices") ?? "").split(",");
      const left = devices.filter((device) => !gone.has(device));
      if (left.length === devices.length) continue;
      if (left.length === 0) this.removeElement(level);
      else level.set("devices", left.join(","));
    }
    const tags = this.cib.section("tags");
    for (const tag of tags?.all("tag") ?? []) {
      this.drop(tag, (ref) => ref.name === "obj_ref" && gone.has(ref.get("id") ?? ""));
      if (tag.child("obj_ref") === undefined) this.removeElement(tag);
    }
  }

  /** Adds a constraint, whole as given. Its resources must be there. */
  addConstraint(constraint: XmlElement): void {
    for (const name of resourcesNamedBy(constraint)) {
      if (this.cib.byId(name) === undefined) {
        throw this.missing(
          "resource",
          name,
          this.cib.resources.map((resource) => resource.id),
        );
      }
    }
    this.add(this.section("constraints"), constraint);
  }

  /** Takes away the element of that id, a constraint say, and what it leaves empty. True when it was there. */
  remove(id: string): boolean {
    const element = this.cib.byId(id);
    if (element === undefined) return false;
    this.removeElement(element);
    return true;
  }

  /**
   * Sets name-value pairs of a resource, operation or other element by its id. The set's id is
   * `OWNER-instance_attributes`, `-meta_attributes` or `-utilization` unless the element has such a set or
   * `setId` names it. A set that is shared by `id-ref` is not touched: the element gets its own, which wins.
   */
  setNvpairs(owner: string, kind: NvsetKind, values: NvValues, setId?: string): void {
    const element = this.cib.byId(owner);
    if (element === undefined) throw this.missing("element", owner, this.allIds());
    this.setOwn(element, kind, values, setId ?? `${owner}-${kind}`, setId !== undefined);
  }

  private setOwn(owner: XmlElement, kind: NvsetKind, values: NvValues, setId: string, exact: boolean): void {
    const sets = owner
      .all(kind)
      .filter((set) => set.get("id") !== undefined && set.child("rule") === undefined);
    let found = sets.find((set) => set.get("id") === setId) ?? (exact ? undefined : sets[0]);
    if (found === undefined) {
      if (Object.values(values).every((value) => value === undefined)) return;
      found = xml(kind, { id: exact ? setId : this.freeId(setId) });
      // Sets are read in order, and the first value wins: the element's own stands before a shared one.
      const shared = owner.children.findIndex((child) => child.name === kind);
      this.add(owner, found, shared === -1 ? this.placeFor(owner, kind) : shared);
    }
    // Other tools make second sets: a value in an earlier one would win over what is set here.
    const others = exact ? [] : sets.filter((set) => set !== found);
    const nowhere = Object.fromEntries(Object.keys(values).map((name) => [name, undefined]));
    for (const set of others) this.setPairs(set, nowhere);
    this.setPairs(found, values);
    for (const set of [found, ...others]) if (set.children.length === 0) this.removeElement(set);
  }

  /** Where a set goes: Pacemaker's schema wants groups' and clones' sets before what they hold. */
  private placeFor(owner: XmlElement, kind: NvsetKind): number | undefined {
    if (owner.name === "primitive" || owner.name === "template") {
      const next =
        kind === "instance_attributes" ? ["meta_attributes", "utilization", "operations"] : ["operations"];
      const at = owner.children.findIndex((child) => next.includes(child.name));
      return at === -1 ? undefined : at;
    }
    const at = owner.children.findIndex((child) => ["primitive", "group", "bundle"].includes(child.name));
    return at === -1 ? undefined : at;
  }

  /** Sets permanent attributes of a node (standby, maintenance, your own). */
  setNodeAttributes(node: string, values: NvValues): void {
    const found = this.needNode(node);
    this.setOwn(found, "instance_attributes", values, `nodes-${found.get("id")}`, false);
  }

  /** Sets what a node has to give (memory in MiB, cpu). */
  setNodeUtilization(node: string, values: NvValues): void {
    const found = this.needNode(node);
    this.setOwn(found, "utilization", values, `nodes-${found.get("id")}-utilization`, false);
  }

  /**
   * The devices that fence a node, first level first; each level is a list of device ids that must all succeed.
   * Replaces the levels of that node; none takes them away.
   */
  setFencingLevels(node: string, levels: readonly (readonly string[])[]): void {
    const topology = this.section("fencing-topology");
    const wanted = new Map(
      levels.map((devices, i) => [
        `fencing-${node}-${i + 1}`,
        xml("fencing-level", {
          id: `fencing-${node}-${i + 1}`,
          target: node,
          index: i + 1,
          devices: devices.join(","),
        }),
      ]),
    );
    this.drop(topology, (level) => level.get("target") === node && !wanted.has(level.get("id") ?? ""));
    for (const level of wanted.values()) this.put("fencing-topology", level);
    if (topology.children.length === 0) this.removeElement(topology);
  }

  /** Adds an alert, or replaces the one of that id. `alert` is an `<alert id path>` with what it holds. */
  setAlert(alert: XmlElement): void {
    this.put("alerts", alert);
  }

  /** Adds an element anywhere, at the end or at `at`, after checking ids and values in it. */
  add(parent: XmlElement, element: XmlElement, at = parent.children.length): void {
    this.check(element);
    this.cib.insert(parent, element, at);
  }

  private check(element: XmlElement): void {
    const seen = new Set<string>();
    for (const part of element.walk()) {
      for (const [name, value] of part.entries()) checkValue(part, name, value);
      const id = ownId(part);
      if (id === undefined) continue;
      if (!/^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(id)) {
        throw new HavenError("cib.id", {
          what: `'${id}' cannot be an id: letters, digits, '_', '-' and '.', a letter or '_' first`,
        });
      }
      if (seen.has(id) || this.cib.byId(id) !== undefined) {
        throw new HavenError("cib.id", { what: `The id '${id}' is taken` });
      }
      seen.add(id);
    }
  }

  private setPairs(set: XmlElement, values: NvValues): void {
    for (const [name, raw] of Object.entries(values)) {
      const old = set.all("nvpair").find((pair) => pair.get("name") === name);
      if (raw === undefined) {
        if (old !== undefined) this.cib.take(old);
        continue;
      }
      const value = String(raw);
      if (old === undefined) {
        this.add(set, xml("nvpair", { id: this.freeId(`${set.get("id")}-${name}`), name, value }));
      } else {
        checkValue(old, "value", value, name);
        old.set("value", value);
      }
    }
  }

  /** That id, with characters an id cannot have replaced, and a number behind it where it is taken. */
  freeId(wanted: string): string {
    const clean = wanted.replace(/[^\p{L}\p{N}_.-]/gu, "_").replace(/^(?![\p{L}_])/u, "_");
    let id = clean;
    for (let n = 1; this.cib.byId(id) !== undefined; n++) id = `${clean}-${n}`;
    return id;
  }

  private need(id: string, what: string) {
    const found = this.cib.resource(id);
    if (found === undefined) {
      throw this.missing(
        what,
        id,
        this.cib.resources.map((resource) => resource.id),
      );
    }
    return found;
  }

  private needNode(name: string): XmlElement {
    const found = this.cib.node(name);
    if (found === undefined)
      throw this.missing(
        "node",
        name,
        this.cib.nodes.map((node) => node.name),
      );
    return found.element;
  }

  private missing(what: string, name: string, candidates: readonly string[]): HavenError {
    return new HavenError("cib.not-found", { what, name, like: nearest(name, candidates) });
  }

  private allIds(): readonly string[] {
    return [...this.cib.configuration.walk()].map(ownId).filter((id) => id !== undefined);
  }

  private removeElement(element: XmlElement): void {
    const parent = this.cib.parentOf(element);
    if (parent === undefined) return;
    this.cib.take(element);
    const held = ["primitive", "group", "bundle"];
    const emptied =
      (parent.name === "group" || parent.name === "clone" || parent.name === "master") &&
      !parent.children.some((child) => held.includes(child.name));
    if (emptied) {
      const id = parent.get("id");
      this.removeElement(parent);
      if (id !== undefined) this.dropReferences(new Set([id]));
    }
  }

  private drop(parent: XmlElement, gone: (child: XmlElement) => boolean): void {
    for (const child of parent.children.slice()) if (gone(child)) this.cib.take(child);
  }
}

function checkValue(element: XmlElement, attribute: string, value: string, pair = element.get("name")): void {
  const where = `${pair ?? attribute} of ${element.get("id") ?? element.name}`;
  const bad = /[\n\r\t]/.exec(value);
  if (bad !== null) {
    // crmsh shows nothing at all then, and Pacemaker 2.1.5 changes the value.
    throw new HavenError("cib.value", { where, what: "has a line break or a tab in its value" });
  }
  const bytes = Buffer.byteLength(value);
  if (bytes > maxValueBytes) {
    throw new HavenError("cib.value", { where, what: `has ${bytes} bytes, more than ${maxValueBytes}` });
  }
}
