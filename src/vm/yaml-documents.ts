import type { Document, LineCounter, Node } from "yaml";
import type { SpecProblem } from "./spec-problem.ts";

/** A text of a person's. */
export interface SpecText {
  /** What problems name: the path as it was given. */
  readonly file: string;
  readonly text: string;
  /** Made from something else that the file holds: its lines say nothing to a person. */
  readonly derived?: boolean;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One document of a YAML text, not yet checked. */
export interface YamlDocument {
  readonly file: string;
  readonly value: unknown;
  /** Where a field stands, or what should hold it; undefined where the text was derived from another one. */
  readonly placeOf: (path: readonly PropertyKey[]) => Place | undefined;
  readonly derived?: boolean;
}

export interface YamlDocuments {
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly SpecProblem[];
}

const maxTextLength = 1024 * 1024;

/** Reads a YAML text of one or more documents, empty ones left out. A text that is no YAML has no documents. */
export async function yamlDocuments({ file, text, derived = false }: SpecText): Promise<YamlDocuments> {
  if (text.length > maxTextLength) {
    const found = `${text.length} characters`;
    return { documents: [], problems: [{ file, expected: "a file of at most 1 MiB", found }] };
  }
  const { parseAllDocuments, LineCounter } = await import("yaml");
  const counter = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: counter, prettyErrors: false });
  const all = Array.isArray(parsed) ? parsed : [];
  const problems = all
    .flatMap((document) => document.errors)
    .map((error): SpecProblem => {
      const { line, col } = counter.linePos(error.pos[0]);
      const found = `an error: ${error.message.split("\n")[0]}`;
      return { file, line, column: col, expected: "YAML", found };
    });
  if (problems.length > 0) return { documents: [], problems };
  const documents: YamlDocument[] = [];
  for (const document of all.filter((one) => one.contents !== null && !isNull(one))) {
    const placeOf = derived ? () => undefined : await locator(document, counter);
    try {
      documents.push({ file, value: document.toJS({ maxAliasCount: 100 }), placeOf, derived });
    } catch (cause) {
      const found = cause instanceof Error ? cause.message : String(cause);
      problems.push({ file, ...placeOf([]), expected: "YAML with few aliases", found });
    }
  }
  return { documents, problems };
}

function isNull(document: Document): boolean {
  const contents: unknown = document.contents;
  return typeof contents === "object" && contents !== null && "value" in contents && contents.value === null;
}

/** Finds the line and column of a field, or of what should hold it where it is absent. */
async function locator(document: Document, counter: LineCounter): Promise<YamlDocument["placeOf"]> {
  const { isAlias, isMap, isScalar, isSeq } = await import("yaml");
  const start = (node: unknown): number | undefined => (node as Node | undefined)?.range?.[0];
  return (path) => {
    let node: unknown = document.contents;
    let offset = start(node) ?? 0;
    for (const part of path) {
      if (isAlias(node)) node = node.resolve(document);
      if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
        if (pair === undefined) break;
        offset = start(pair.key) ?? offset;
        node = pair.value;
      } else if (isSeq(node)) {
        const item = node.items[Number(part)];
        if (item === undefined) break;
        offset = start(item) ?? offset;
        node = item;
      } else {
        break;
      }
    }
    const { line, col } = counter.linePos(offset);
    return { line, column: col };
  };
}
