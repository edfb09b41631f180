import { Cib } from "../../src/pacemaker/cib.ts";
import type { CibChange } from "../../src/pacemaker/cib-diff.ts";
import type { XmlElement } from "../../src/xml/element.ts";

/**
 * Applies a patch's steps as Pacemaker's xml_apply_patchset does: every path is looked up first-come, deletions and
 * modifications at once, creations in the end in the order of their positions.
 */
export function applyChanges(cib: Cib, changes: readonly CibChange[]): Cib {
  const root = cib.root.clone();
  const creations: { parent: XmlElement; position: number; element: XmlElement }[] = [];
  for (const change of changes) {
    const { parent, element } = find(root, change.path);
    if (change.operation === "create") {
      creations.push({ parent: element, position: change.position, element: change.element.clone() });
    } else if (change.operation === "delete") {
      parent.children.splice(parent.children.indexOf(element), 1);
    } else {
      element.attributes.splice(0, element.attributes.length, ...change.element.attributes);
    }
  }
  for (const { parent, position, element } of creations.toSorted((a, b) => a.position - b.position)) {
    parent.children.splice(position, 0, element);
  }
  return new Cib(root);
}

function find(root: XmlElement, path: string): { parent: XmlElement; element: XmlElement } {
  let parent = root;
  let element = root;
  for (const step of path.split("/").slice(2)) {
    const parts = /^([^[]+)(?:\[@(id|id-ref)='([^']*)'\]|\[(\d+)\])?$/.exec(step);
    const name = parts?.[1] === "comment()" ? "#comment" : parts?.[1];
    let found = element.children.filter((child) => child.name === name);
    if (parts?.[2] !== undefined) found = found.filter((child) => child.get(parts[2] ?? "") === parts[3]);
    const next = found[Number(parts?.[4] ?? 1) - 1];
    if (next === undefined) throw new Error(`Nothing at ${step} of ${path}`);
    parent = element;
    element = next;
  }
  return { parent, element };
}
