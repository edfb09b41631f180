import { HavenError } from "../../base/errors.ts";
import { naturalOrder } from "../../base/natural-order.ts";
import type { Cib } from "../../pacemaker/cib.ts";
import { type XmlElement, xml } from "../../xml/element.ts";
import { canBeNodeName } from "../settings.ts";
import type { LeftOut } from "./lab-constraints.ts";

export interface NodeChoice {
  /** What each node of the real cluster is called in the lab, those that are in it. */
  readonly names: ReadonlyMap<string, string>;
  /** Nodes of the real cluster that are not in the lab. */
  readonly without: readonly string[];
}

/**
 * Which nodes of a real cluster are in the lab, and how they are called there: as they are, unless a lab's node cannot
 * be called so. Nodes of Pacemaker Remote are none of them.
 *
 * @param options `first`: these are among them; `count`: so many, all unless given
 * @throws HavenError cib.invalid for a configuration without nodes, cib.not-found for one in `first` that it lacks
 */
export function chooseNodes(
  cib: Cib,
  options: { readonly count?: number | undefined; readonly first?: readonly string[] } = {},
): NodeChoice {
  const members = cib.nodes
    .filter(({ type }) => type === "member" || type === "normal")
    .map(({ name }) => name);
  if (members.length === 0) throw new HavenError("cib.invalid", { what: "It names no node" });
  const first = options.first ?? [];
  const unknown = first.find((name) => !members.includes(name));
  if (unknown !== undefined) throw new HavenError("cib.not-found", { what: "node", name: unknown });
  const rest = members.filter((name) => !first.includes(name)).toSorted(naturalOrder);
  const count = Math.max(first.length, options.count ?? members.length);
  const chosen = [...first, ...rest].slice(0, count).toSorted(naturalOrder);
  const names = new Map<string, string>();
  const taken = new Set(chosen.filter(canBeNodeName));
  for (const name of chosen) {
    let free = name;
    for (let i = 1; !canBeNodeName(free) || (free !== name && taken.has(free)); i++) free = `node${i}`;
    taken.add(free);
    names.set(name, free);
  }
  return { names, without: cib.nodes.map(({ name }) => name).filter((name) => !names.has(name)) };
}

/**
 * The nodes of a lab's configuration, with attributes and utilization as the real cluster's have them. Who is in standby
 * or maintenance there is neither here.
 */
export function labNodesSection(
  real: Cib,
  lab: Cib,
  names: ReadonlyMap<string, string>,
): { readonly section: XmlElement; readonly leftOut: readonly LeftOut[] } {
  const leftOut: LeftOut[] = [];
  const realNames = new Map([...names].map(([name, called]) => [called, name]));
  const nodes = lab.nodes.map(({ id, name }) => {
    const before = real.node(realNames.get(name) ?? name)?.element;
    const sets = before?.children.map((child) => child.clone()) ?? [];
    for (const set of sets.filter((child) => child.name === "instance_attributes")) {
      const [stay, go] = [[] as XmlElement[], [] as XmlElement[]];
      for (const pair of set.children) (isOfNow(pair) ? go : stay).push(pair);
      set.children.splice(0, set.children.length, ...stay);
      for (const pair of go.filter(isSet)) {
        leftOut.push({ what: `${pair.get("name")} of ${name}`, why: "every node takes part in the drill" });
      }
    }
    return xml("node", { id, uname: name }, sets);
  });
  return { section: xml("nodes", {}, nodes), leftOut };
}

function isOfNow(pair: XmlElement): boolean {
  return ["standby", "maintenance", "terminate"].includes(pair.get("name") ?? "");
}

function isSet(pair: XmlElement): boolean {
  return !/^(off|false|no|0)$/i.test(pair.get("value") ?? "");
}

/** Writes a configuration's names of nodes anew, in place, where these are others in the lab. */
export function renameNodes(configuration: XmlElement, names: ReadonlyMap<string, string>): void {
  const changed = new Map([...names].filter(([name, called]) => name !== called));
  if (changed.size === 0) return;
  for (const element of configuration.walk()) {
    const node = changed.get(element.get("node") ?? "");
    if (element.name === "rsc_location" && node !== undefined) element.set("node", node);
    const value = changed.get(element.get("value") ?? "");
    const isName = element.name === "expression" && element.get("attribute") === "#uname";
    if (isName && value !== undefined) element.set("value", value);
  }
}
