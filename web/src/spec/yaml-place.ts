/** What is being written at a place of a YAML text. */
export interface YamlPlace {
  /** The fields around it, from the outside; `[]` for an entry of a list. Of a value its field is the last. */
  readonly path: readonly string[];
  readonly is: "field" | "value";
  /** Where the word begins that is being written. */
  readonly from: number;
  readonly word: string;
}

interface Line {
  readonly indent: number;
  /** Where what stands behind the dash begins; the indent where there is none. */
  readonly column: number;
  readonly hasDash: boolean;
  readonly rest: string;
}

const fieldPattern = /^([\w-]+):(?:\s+(.*))?$/;

/**
 * Which field or value is being written at an offset, as the lines' indents say it: the text need not be whole YAML
 * yet. Undefined in remarks and where something else than words of block style stands.
 */
export function yamlPlace(text: string, offset: number): YamlPlace | undefined {
  const above = text.slice(0, offset).split("\n");
  const line = lineOf(above.pop() ?? "");
  if (line.rest.trimStart().startsWith("#")) return undefined;
  const around = pathAround(line, above);
  const [, field, value] = fieldPattern.exec(line.rest) ?? [];
  if (field !== undefined && value !== undefined) {
    const word = /^[\w./-]*$/.test(value) ? value : undefined;
    if (word === undefined) return undefined;
    return { path: [...around, field], is: "value", from: offset - word.length, word };
  }
  if (!/^[\w-]*$/.test(line.rest)) return undefined;
  return { path: around, is: "field", from: offset - line.rest.length, word: line.rest };
}

function pathAround(line: Line, above: readonly string[]): readonly string[] {
  const path: string[] = line.hasDash ? ["[]"] : [];
  // A list may stand as far out as the field that holds it.
  let bound = line.hasDash ? line.indent + 1 : line.column;
  for (const one of above.map(lineOf).toReversed()) {
    if (one.rest === "" || one.rest.startsWith("#")) continue;
    const isBeside = one.hasDash && one.column === bound && path[0] !== "[]";
    const field = one.column < bound ? fieldPattern.exec(one.rest)?.[1] : undefined;
    if (!isBeside && field === undefined) continue;
    if (field !== undefined) path.unshift(field);
    if (one.hasDash) path.unshift("[]");
    bound = one.hasDash ? one.indent + 1 : one.column;
    if (bound === 0) break;
  }
  return path;
}

function lineOf(text: string): Line {
  const [, spaces = "", dash = "", rest = ""] = /^( *)(- +)?(.*)$/.exec(text) ?? [];
  return { indent: spaces.length, column: spaces.length + dash.length, hasDash: dash !== "", rest };
}
