import type { Document, LineCounter, Node } from "yaml";
import { nearest } from "../base/nearest.ts";
import type { VmSpec } from "../contract/vm-spec.ts";
import { fieldText, type SpecProblem } from "./spec-problem.ts";

/** A text to read specifications from. */
export interface SpecText {
  /** What problems name: the path as it was given. */
  readonly file: string;
  readonly text: string;
}

/** A specification and the place it came from. */
export interface ReadSpec {
  readonly spec: VmSpec;
  readonly file: string;
  /** Where a field stands, or what should hold it. */
  readonly placeOf: (path: readonly PropertyKey[]) => Place;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface ReadSpecs {
  readonly specs: readonly ReadSpec[];
  /** Everything that is wrong, in the order of the texts. */
  readonly problems: readonly SpecProblem[];
}

const maxTextLength = 1024 * 1024;

/**
 * Reads YAML texts of one or more documents, each the specification of a VM. All problems are collected; a
 * specification with a problem is left out.
 */
export async function readSpecs(texts: readonly SpecText[]): Promise<ReadSpecs> {
  const specs: ReadSpec[] = [];
  const problems: SpecProblem[] = [];
  for (const text of texts) {
    const result = await readText(text);
    specs.push(...result.specs);
    problems.push(...result.problems);
  }
  return { specs, problems: [...problems, ...doubles(specs)] };
}

async function readText({ file, text }: SpecText): Promise<ReadSpecs> {
  const whole = (expected: string, found: string): ReadSpecs => ({
    specs: [],
    problems: [{ file, expected, found }],
  });
  if (text.length > maxTextLength) return whole("a file of at most 1 MiB", `${text.length} characters`);
  const { parseAllDocuments, LineCounter } = await import("yaml");
  const counter = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: counter, prettyErrors: false });
  const documents = Array.isArray(parsed) ? parsed : [];
  const syntax = documents.flatMap((document) => document.errors);
  if (syntax.length > 0) {
    return {
      specs: [],
      problems: syntax.map((error) => {
        const { line, col } = counter.linePos(error.pos[0]);
        return {
          file,
          line,
          column: col,
          expected: "YAML",
          found: `an error: ${error.message.split("\n")[0]}`,
        };
      }),
    };
  }
  const filled = documents.filter((document) => document.contents !== null && !isNull(document));
  if (filled.length === 0) return whole("the specification of a VM", "nothing");
  const results = await Promise.all(filled.map((document) => readDocument(file, document, counter)));
  return {
    specs: results.flatMap((result) => result.specs),
    problems: results.flatMap((result) => result.problems),
  };
}

function isNull(document: Document): boolean {
  const contents: unknown = document.contents;
  return typeof contents === "object" && contents !== null && "value" in contents && contents.value === null;
}

async function readDocument(file: string, document: Document, counter: LineCounter): Promise<ReadSpecs> {
  const [{ vmSpec }, { specIssues }] = await Promise.all([
    import("../contract/vm-spec.ts"),
    import("./spec-issues.ts"),
  ]);
  const placeOf = await locator(document, counter);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    return { specs: [], problems: [{ file, ...placeOf([]), expected: "YAML with few aliases", found }] };
  }
  const result = vmSpec.safeParse(value);
  if (result.success) return { specs: [{ spec: result.data, file, placeOf }], problems: [] };
  const problems = specIssues(vmSpec, result.error).map(({ path, expected, known, isName }): SpecProblem => {
    const field = fieldText(path);
    const like = known === undefined ? undefined : nearest(String(path.at(-1)), known);
    const list = known === undefined ? expected : `one of ${known.join(", ")}`;
    return {
      file,
      ...placeOf(path),
      ...(field === undefined ? {} : { field }),
      expected: list,
      found:
        known === undefined ? foundText(isName ? path.at(-1) : valueAt(value, path)) : "an unknown field",
      ...(like === undefined ? {} : { nearest: like }),
    };
  });
  return { specs: [], problems };
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const part of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, part)) return undefined;
    here = (here as Record<PropertyKey, unknown>)[part];
  }
  return here;
}

function foundText(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "fields";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** Finds the line and column of a field, or of what should hold it where it is absent. */
async function locator(document: Document, counter: LineCounter): Promise<ReadSpec["placeOf"]> {
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

function doubles(specs: readonly ReadSpec[]): readonly SpecProblem[] {
  const first = new Map<string, ReadSpec>();
  const problems: SpecProblem[] = [];
  for (const read of specs) {
    const before = first.get(read.spec.name);
    if (before === undefined) first.set(read.spec.name, read);
    else {
      problems.push({
        file: read.file,
        ...read.placeOf(["name"]),
        field: "name",
        expected: "a name for each VM",
        found: `${read.spec.name} again, after ${before.file}:${before.placeOf(["name"]).line}`,
      });
    }
  }
  return problems;
}
