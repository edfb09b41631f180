import type { XmlElement } from "./element.ts";

const special = /[&<>"\t\n\r]/g;
const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** Text that may stand in an attribute's double quotes, or between tags. */
export function escapeXml(text: string): string {
  return text.replace(special, (character) => escapes[character] ?? character);
}

/** The element as text, on one line unless `indent` is given. */
export function writeXml(element: XmlElement, options: { readonly indent?: number } = {}): string {
  const parts: string[] = [];
  write(parts, element, options.indent, 0);
  return parts.join("");
}

function write(parts: string[], element: XmlElement, indent: number | undefined, depth: number): void {
  const start = indent === undefined ? "" : " ".repeat(indent * depth);
  const end = indent === undefined ? "" : "\n";
  if (element.name === "#comment") {
    parts.push(start, "<!--", element.text, "-->", end);
    return;
  }
  if (element.name === "#text") {
    parts.push(escapeXml(element.text));
    return;
  }
  parts.push(start, "<", element.name);
  const { attributes } = element;
  for (let i = 0; i + 1 < attributes.length; i += 2) {
    parts.push(" ", attributes[i] ?? "", '="', escapeXml(attributes[i + 1] ?? ""), '"');
  }
  const text = element.text.trim() === "" ? "" : escapeXml(element.text);
  if (element.children.length === 0 && text === "") {
    parts.push("/>", end);
    return;
  }
  parts.push(">", text);
  if (element.children.length > 0) {
    // Between words white space would be more of them.
    const isMixed = text !== "" || element.children.some(({ name }) => name === "#text");
    if (!isMixed) parts.push(end);
    for (const child of element.children) write(parts, child, isMixed ? undefined : indent, depth + 1);
    if (!isMixed) parts.push(start);
  }
  parts.push("</", element.name, ">", end);
}
