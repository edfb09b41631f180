import { normalUuid } from "../../base/normal-uuid.ts";

/** What the agent must know of a domain to find it: enough for monitor and stop. */
export interface Identity {
  /** With dashes, lower case. */
  readonly uuid: string;
  readonly name: string;
  /** The domain's type: kvm, qemu, lxc, xen. */
  readonly type: string;
  /** File name of the emulator, where the domain names one. */
  readonly emulator: string | undefined;
  /** The name that it was started with on this node, where the configuration's has been changed since. */
  readonly formerName?: string;
}

/** What stands between < and >, with the place after it; undefined where nothing more can be read. */
interface Tag {
  readonly text: string;
  readonly end: number;
}

// Comments, instructions and character data are passed over as wholes: a tag may stand in them.
const wholes: readonly (readonly [start: string, end: string])[] = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
  ["<?", "?>"],
];

function nextTag(xml: string, from: number): Tag | undefined {
  let at = from;
  for (;;) {
    const start = xml.indexOf("<", at);
    if (start === -1) return undefined;
    const whole = wholes.find(([begin]) => xml.startsWith(begin, start));
    if (whole === undefined) {
      const end = tagEnd(xml, start);
      return end === -1 ? undefined : { text: xml.slice(start + 1, end), end: end + 1 };
    }
    const end = xml.indexOf(whole[1], start);
    if (end === -1) return undefined;
    at = end + whole[1].length;
  }
}

/** The place of the > that ends the tag: one in an attribute's quotes does not. */
function tagEnd(xml: string, start: number): number {
  let quote = "";
  for (let i = start + 1; i < xml.length; i++) {
    const character = xml.charAt(i);
    if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === ">") return i;
    else if (character === '"' || character === "'") quote = character;
    else if (character === "<") return -1;
  }
  return -1;
}

/**
 * Type, name and UUID of a domain, read from the start of its XML as far as is needed: every monitor call does
 * this, and the domain may be 100 KB long. The first `name` and `uuid` directly below `domain` count, as for
 * libvirt. Says nothing about whether the rest is well formed.
 *
 * @returns a text that says what is missing, when something is
 */
export function identityOf(xml: string): Identity | string {
  let depth = 0;
  let type: string | undefined;
  const found: { name?: string; uuid?: string } = {};
  for (let tag = nextTag(xml, 0); tag !== undefined; tag = nextTag(xml, tag.end)) {
    const { text } = tag;
    if (text.startsWith("/")) {
      depth -= 1;
      if (depth <= 0) break;
      continue;
    }
    const name = /^[^\s/]*/.exec(text)?.[0] ?? "";
    if (depth === 0) {
      if (name !== "domain") return `the XML is of <${name.slice(0, 40)}>, not of a domain`;
      const match = /\stype\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(text);
      type = match?.[1] ?? match?.[2];
    } else if (depth === 1 && (name === "name" || name === "uuid") && found[name] === undefined) {
      found[name] = text.endsWith("/") ? "" : textAt(xml, tag.end);
    }
    if (found.name !== undefined && found.uuid !== undefined) break;
    if (!text.endsWith("/")) depth += 1;
  }
  return complete(type, found, xml);
}

function complete(
  type: string | undefined,
  found: { readonly name?: string; readonly uuid?: string },
  xml: string,
): Identity | string {
  if (type === undefined || type === "") return "the XML is not of a libvirt domain with a type";
  if (found.name === undefined || found.name === "") return "the domain's XML has no name";
  const uuid = found.uuid === undefined ? undefined : normalUuid(found.uuid);
  if (uuid === undefined) return "the domain's XML has no UUID (or none that is valid)";
  const emulator = /<emulator>\s*([^<]+?)\s*<\/emulator>/.exec(xml)?.[1]?.split("/").at(-1);
  return { uuid, name: found.name, type, emulator };
}

function textAt(xml: string, at: number): string {
  const end = xml.indexOf("<", at);
  const raw = (end === -1 ? xml.slice(at) : xml.slice(at, end)).trim();
  return raw.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => entities[name] ?? "");
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
