import { type XmlElement, xml } from "../xml/element.ts";
import { writeXml } from "../xml/write.ts";
import type { Cib, CibVersion } from "./cib.ts";

/** One step of a patch, in the terms of Pacemaker's diff format 2. */
export type CibChange =
  | {
      readonly operation: "create";
      readonly path: string;
      readonly position: number;
      readonly element: XmlElement;
    }
  | { readonly operation: "delete"; readonly path: string; readonly element: XmlElement }
  | {
      readonly operation: "modify";
      readonly path: string;
      readonly before: XmlElement;
      readonly element: XmlElement;
      /** Attributes that change; undefined is taken away. */
      readonly attributes: readonly { readonly name: string; readonly value: string | undefined }[];
    };

/**
 * The steps that lead from one configuration to another, as few as can be: elements are the same when name and
 * id are; what has no id of its own is compared by its place. Status sections are not compared.
 */
export function diffCib(before: Cib, after: Cib): readonly CibChange[] {
  const changes: CibChange[] = [];
  if (before.configuration !== after.configuration) {
    diffElement(before.configuration, after.configuration, "/cib/configuration", changes);
  }
  return changes;
}

/**
 * The patch as `cibadmin --patch` takes it. Its source names admin_epoch and epoch but not num_updates, so that
 * status updates do not make it fail, and every other configuration change does (exit code 103).
 */
export function patchXml(changes: readonly CibChange[], version: CibVersion): string {
  const source = xml("source", { admin_epoch: version.adminEpoch, epoch: version.epoch });
  const target = xml("target", { admin_epoch: version.adminEpoch, epoch: version.epoch + 1, num_updates: 0 });
  return writeXml(
    xml("diff", { format: 2 }, [xml("version", {}, [source, target]), ...changes.map(changeElement)]),
  );
}

function changeElement(change: CibChange): XmlElement {
  const { operation, path } = change;
  if (change.operation === "delete") return xml("change", { operation, path });
  if (change.operation === "create") {
    return xml("change", { operation, path, position: change.position }, [change.element]);
  }
  const list = change.attributes.map(({ name, value }) =>
    xml(
      "change-attr",
      value === undefined ? { name, operation: "unset" } : { name, operation: "set", value },
    ),
  );
  const result = xml(change.element.name);
  result.attributes.push(...change.element.attributes);
  return xml("change", { operation, path }, [
    xml("change-list", {}, list),
    xml("change-result", {}, [result]),
  ]);
}

function diffElement(before: XmlElement, after: XmlElement, path: string, changes: CibChange[]): void {
  if (before === after) return;
  const attributes = diffAttributes(before, after);
  if (attributes.length > 0) {
    changes.push({ operation: "modify", path, before, element: after, attributes });
  }
  if (before.children.length > 0 || after.children.length > 0) diffChildren(before, after, path, changes);
}

function diffAttributes(
  before: XmlElement,
  after: XmlElement,
): { name: string; value: string | undefined }[] {
  const found: { name: string; value: string | undefined }[] = [];
  for (const [name, value] of after.entries()) if (before.get(name) !== value) found.push({ name, value });
  for (const [name] of before.entries()) {
    if (after.get(name) === undefined) found.push({ name, value: undefined });
  }
  return found;
}

function diffChildren(before: XmlElement, after: XmlElement, path: string, changes: CibChange[]): void {
  const old = keyed(before, after);
  const now = keyed(after, before);
  const kept = inOrder(old, now);
  for (const [key, element] of old) {
    if (!kept.has(key)) changes.push({ operation: "delete", path: `${path}/${key}`, element });
  }
  let position = 0;
  for (const [key, element] of now) {
    const same = kept.has(key) ? old.get(key) : undefined;
    if (same === undefined) changes.push({ operation: "create", path, position, element });
    else if (element.name !== "#comment") diffElement(same, element, `${path}/${key}`, changes);
    position += 1;
  }
}

/** Children by the step of an XPath that finds exactly them, as short as Pacemaker itself would write it. */
function keyed(parent: XmlElement, other: XmlElement): Map<string, XmlElement> {
  const map = new Map<string, XmlElement>();
  const counts = new Map<string, number>();
  for (const child of parent.children) {
    const count = (counts.get(child.name) ?? 0) + 1;
    counts.set(child.name, count);
    const step = child.name === "#comment" ? "comment()" : child.name;
    const id = child.get("id");
    const reference = child.get("id-ref");
    let key = step;
    if (id !== undefined) key = `${step}[@id='${id}']`;
    else if (reference !== undefined) key = `${step}[@id-ref='${reference}']`;
    else if (count > 1 || hasSeveral(parent, child.name) || hasSeveral(other, child.name))
      key = `${step}[${count}]`;
    // An id that is there twice among siblings (an invalid CIB) is told apart by its place.
    if (map.has(key)) key = `${step}[${count}]`;
    map.set(key, child);
  }
  return map;
}

function hasSeveral(parent: XmlElement, name: string): boolean {
  let seen = false;
  for (const child of parent.children) {
    if (child.name !== name) continue;
    if (seen) return true;
    seen = true;
  }
  return false;
}

/**
 * Keys that are in both and stand in the same order; the others are taken out and put in again. Only groups and
 * resource sets have an order that matters.
 */
function inOrder(
  old: ReadonlyMap<string, XmlElement>,
  now: ReadonlyMap<string, XmlElement>,
): ReadonlySet<string> {
  const kept = new Set<string>();
  const places = new Map([...old.keys()].map((key, place) => [key, place]));
  // Longest increasing run of old places in the new order (patience sorting).
  const nodes: { place: number; key: string; previous: number }[] = [];
  const tops: number[] = [];
  for (const key of now.keys()) {
    const place = places.get(key);
    if (place === undefined) continue;
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((nodes[tops[middle] ?? 0]?.place ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    nodes.push({ place, key, previous: low === 0 ? -1 : (tops[low - 1] ?? -1) });
    tops[low] = nodes.length - 1;
  }
  for (let at = tops.at(-1) ?? -1; at !== -1; at = nodes[at]?.previous ?? -1) {
    const key = nodes[at]?.key;
    if (key !== undefined) kept.add(key);
  }
  return kept;
}
