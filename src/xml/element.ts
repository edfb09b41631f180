/**
 * An element of a data document (crm_mon's output, the CIB): attributes and child elements. Attributes are kept
 * as a flat list of names and values: quick to read, small for a CIB of 5 MB, and safe with any name.
 */
export class XmlElement {
  readonly name: string;
  /** Names and values in turn: ["id", "a", "name", "b"]. Use `get` and `set`. */
  readonly attributes: string[];
  /** Child elements in order. Comments (`#comment`) and text between them (`#text`) only where the reader was asked to. */
  readonly children: XmlElement[];
  /** The text directly inside, as it stands; for `#comment` the comment's. */
  text: string;

  constructor(name: string, attributes: string[] = [], children: XmlElement[] = [], text = "") {
    this.name = name;
    this.attributes = attributes;
    this.children = children;
    this.text = text;
  }

  /** An attribute's value, undefined when there is none. */
  get(name: string): string | undefined {
    const { attributes } = this;
    for (let i = 0; i < attributes.length; i += 2) if (attributes[i] === name) return attributes[i + 1];
    return undefined;
  }

  /** Sets an attribute; undefined takes it away. */
  set(name: string, value: string | undefined): void {
    const { attributes } = this;
    for (let i = 0; i < attributes.length; i += 2) {
      if (attributes[i] !== name) continue;
      if (value === undefined) attributes.splice(i, 2);
      else attributes[i + 1] = value;
      return;
    }
    if (value !== undefined) attributes.push(name, value);
  }

  /** Names and values of all attributes, in order. */
  *entries(): IterableIterator<readonly [string, string]> {
    const { attributes } = this;
    for (let i = 0; i + 1 < attributes.length; i += 2) yield [attributes[i] ?? "", attributes[i + 1] ?? ""];
  }

  /** The first child of that name. */
  child(name: string): XmlElement | undefined {
    for (const child of this.children) if (child.name === name) return child;
    return undefined;
  }

  /** All children of that name. */
  all(name: string): XmlElement[] {
    return this.children.filter((child) => child.name === name);
  }

  /** The element at the end of a chain of names. */
  at(...names: readonly string[]): XmlElement | undefined {
    let element: XmlElement | undefined = this;
    for (const name of names) element = element?.child(name);
    return element;
  }

  /** This element and all below it, in document order. */
  *walk(): IterableIterator<XmlElement> {
    yield this;
    for (const child of this.children) yield* child.walk();
  }

  /** A copy that shares nothing. */
  clone(): XmlElement {
    return new XmlElement(
      this.name,
      this.attributes.slice(),
      this.children.map((child) => child.clone()),
      this.text,
    );
  }
}

/**
 * Makes an element: `xml("nvpair", {id: "a", name: "b", value: "c"})`. Attributes that are undefined are left
 * out, children too.
 */
export function xml(
  name: string,
  attributes: Readonly<Record<string, string | number | boolean | undefined>> = {},
  children: readonly (XmlElement | undefined)[] = [],
): XmlElement {
  const flat: string[] = [];
  for (const [key, value] of Object.entries(attributes))
    if (value !== undefined) flat.push(key, String(value));
  return new XmlElement(
    name,
    flat,
    children.filter((child) => child !== undefined),
  );
}
