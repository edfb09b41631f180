import { XmlElement } from "../xml/element.ts";

const references = new Set(["rsc", "with-rsc", "first", "then"]);

/** A constraint or tag with what refers to one resource leading to another one. */
export function renameReferences(element: XmlElement, from: string, to: string): XmlElement {
  const isReference = element.name === "resource_ref" || element.name === "obj_ref";
  const attributes = [...element.entries()].flatMap(([name, value]) => {
    const refers = isReference ? name === "id" : references.has(name);
    return [name, refers && value === from ? to : value];
  });
  const children = element.children.map((child) => renameReferences(child, from, to));
  return new XmlElement(element.name, attributes, children, element.text);
}
