import type { XmlElement } from "../xml/element.ts";
import { writeXml } from "../xml/write.ts";

/** What `xml` of a specification has to add, take away and set. */
export interface Remainder {
  readonly domain: readonly string[];
  readonly devices: readonly string[];
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/** These have fields. */
const owned = new Set(["name", "uuid", "memory", "currentMemory", "vcpu"]);

/**
 * What makes one domain's XML like another one, in the words of a specification's `xml`. What these cannot say is
 * left out: whether it came out right is for the caller to see.
 */
export function domainRemainder(from: XmlElement, to: XmlElement): Remainder {
  const found = { domain: [] as string[], devices: [] as string[], set: {}, remove: [] as string[] };
  compare(from, to, "", found);
  // From the last to the first, so that the others keep their numbers.
  found.remove.reverse();
  return found;
}

interface Found {
  readonly domain: string[];
  readonly devices: string[];
  readonly set: Record<string, string>;
  readonly remove: string[];
}

function compare(from: XmlElement, to: XmlElement, path: string, found: Found): void {
  const at = (name: string): string => (path === "" ? name : `${path}/${name}`);
  if (path !== "") {
    for (const [name, value] of to.entries()) if (from.get(name) !== value) found.set[at(`@${name}`)] = value;
    for (const [name] of from.entries()) if (to.get(name) === undefined) found.remove.push(at(`@${name}`));
    if (from.text.trim() !== to.text.trim()) found.set[path] = to.text.trim();
  }
  const names = new Set([...from.children, ...to.children].map(({ name }) => name));
  for (const name of names) {
    if (path === "" && owned.has(name)) continue;
    const [had, wanted] = [from.all(name), to.all(name)];
    const numbered = (i: number): string => at(i === 0 ? name : `${name}[${i + 1}]`);
    for (let i = 0; i < Math.max(had.length, wanted.length); i++) {
      const [before, after] = [had[i], wanted[i]];
      if (after === undefined) found.remove.push(numbered(i));
      else if (before !== undefined) compare(before, after, numbered(i), found);
      else if (path === "" || path === "devices") {
        (path === "" ? found.domain : found.devices).push(writeXml(after));
      } else make(after, numbered(i), found);
    }
  }
}

/** An element that is not there yet, by the paths to what is in it. */
function make(wanted: XmlElement, path: string, found: Found): void {
  if (wanted.text !== "" || (wanted.attributes.length === 0 && wanted.children.length === 0))
    found.set[path] = wanted.text.trim();
  for (const [name, value] of wanted.entries()) found.set[`${path}/@${name}`] = value;
  for (const child of wanted.children) make(child, `${path}/${child.name}`, found);
}
