import type { XmlElement } from "./element.ts";

/**
 * Where two documents first differ in meaning, as a path; undefined when they mean the same. The order of
 * attributes, white space between tags and comments mean nothing; the order of elements does.
 */
export function firstDifference(a: XmlElement, b: XmlElement, path = ""): string | undefined {
  const here = `${path}/${a.name}${a.get("id") === undefined ? "" : `[@id='${a.get("id")}']`}`;
  if (a.name !== b.name) return `${here}: the other has <${b.name}>`;
  if (a.attributes.length !== b.attributes.length) return `${here}: other attributes`;
  for (const [name, value] of a.entries()) if (b.get(name) !== value) return `${here}/@${name}`;
  if (a.text.trim() !== b.text.trim()) return `${here}: other text`;
  const left = a.children.filter((child) => child.name !== "#comment");
  const right = b.children.filter((child) => child.name !== "#comment");
  for (const [i, child] of left.entries()) {
    const other = right[i];
    if (other === undefined) return `${here}: the other lacks <${child.name}> number ${i}`;
    const difference = firstDifference(child, other, here);
    if (difference !== undefined) return difference;
  }
  const extra = right[left.length];
  return extra === undefined ? undefined : `${here}: the other has one more, <${extra.name}>`;
}
