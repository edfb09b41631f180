import type { XmlElement } from "../../src/xml/element.ts";

/**
 * What a domain's XML says that another does not say: paths of elements, attributes and texts, the first of each
 * branch. What the other has beyond it is no matter. Memory is compared by its size, other things as they stand.
 */
export function lackingIn(domain: XmlElement, example: XmlElement, path = ""): readonly string[] {
  const found: string[] = [];
  if (sizes.has(example.name)) {
    if (kibibytes(domain) !== kibibytes(example)) found.push(`${path} of ${kibibytes(example)} KiB`);
    return found;
  }
  for (const [name, value] of example.entries()) {
    if (domain.get(name) !== value) found.push(`${path}/@${name} ${value}`);
  }
  const text = example.text.trim();
  if (text !== "" && domain.text.trim() !== text) found.push(`${path} ${text}`);
  // A child's counterpart is the one of its name that lacks least; none is that of two.
  const free = new Set(domain.children);
  for (const child of example.children) {
    const at = path === "" ? child.name : `${path}/${child.name}`;
    const [best] = [...free]
      .filter(({ name }) => name === child.name)
      .map((one) => ({ one, lacks: lackingIn(one, child, at) }))
      .sort((a, b) => a.lacks.length - b.lacks.length);
    if (best === undefined) {
      found.push(at);
      continue;
    }
    free.delete(best.one);
    found.push(...best.lacks);
  }
  return found;
}

const sizes: ReadonlySet<string> = new Set(["memory", "currentMemory"]);
const units: Readonly<Record<string, number>> = { KiB: 1, MiB: 1024, GiB: 1024 * 1024 };

function kibibytes(element: XmlElement): number {
  return Number(element.text) * (units[element.get("unit") ?? "KiB"] ?? Number.NaN);
}
