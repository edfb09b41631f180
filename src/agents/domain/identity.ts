/** What the agent must know of a domain to find it: enough for monitor and stop. */
export interface Identity {
  /** With dashes, lower case. */
  readonly uuid: string;
  readonly name: string;
  /** The domain's type: kvm, qemu, lxc, xen. */
  readonly type: string;
  /** File name of the emulator, where the domain names one. */
  readonly emulator: string | undefined;
}

const uuidShape = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/;

/** The UUID with dashes in lower case, undefined when it is none. libvirt takes it without dashes too. */
export function normalUuid(text: string): string | undefined {
  const lower = text.trim().toLowerCase();
  if (!uuidShape.test(lower)) return undefined;
  const hex = lower.replaceAll("-", "");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// A comment, an instruction, a character data section, or a tag with its attributes.
const markup =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[[\s\S]*?\]\]>|<(\/?)([A-Za-z_][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/g;

/**
 * Type, name and UUID of a domain, read from the start of its XML as far as is needed: every monitor call does
 * this, and the domain may be 100 KB long. The first `name` and `uuid` directly below `domain` count, as for
 * libvirt. Says nothing about whether the rest is well formed.
 *
 * @returns a text that says what is missing, when something is
 */
export function identityOf(xml: string): Identity | string {
  const pattern = new RegExp(markup);
  let depth = 0;
  let type: string | undefined;
  const found: { name?: string; uuid?: string } = {};
  for (let match = pattern.exec(xml); match !== null; match = pattern.exec(xml)) {
    const [, closing, tag, attributes = "", empty] = match;
    if (tag === undefined) continue;
    if (closing === "/") {
      depth -= 1;
      if (depth <= 0) break;
      continue;
    }
    if (depth === 0) {
      if (tag !== "domain") return `the XML is of <${tag}>, not of a domain`;
      type = /\stype\s*=\s*(?:"([^"]*)"|'([^']*)')/
        .exec(attributes)
        ?.slice(1)
        .find((text) => text !== undefined);
    } else if (depth === 1 && (tag === "name" || tag === "uuid") && found[tag] === undefined) {
      found[tag] = textAt(xml, pattern.lastIndex);
    }
    if (found.name !== undefined && found.uuid !== undefined) break;
    if (empty !== "/") depth += 1;
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
