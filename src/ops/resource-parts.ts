import type { NvValues } from "../pacemaker/cib-editor.ts";
import { type XmlElement, xml } from "../xml/element.ts";

/** A block of name-value pairs, ids as Pacemaker's own tools make them. Undefined values are left out. */
export function pairs(kind: string, id: string, values: NvValues): XmlElement {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return xml(
    kind,
    { id },
    given.map(([name, value]) => xml("nvpair", { id: `${id}-${name}`, name, value })),
  );
}

/** An operation of a resource. */
export function operation(owner: string, name: string, interval: string, timeout: string): XmlElement {
  return xml("op", { id: `${owner}-${name}`, name, interval, timeout });
}
