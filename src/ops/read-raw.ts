import { nearest } from "../base/nearest.ts";
import type { RawDefinition } from "../contract/raw-definition.ts";
import { documentProblems } from "../vm/document-problems.ts";
import { fieldText, type SpecProblem, specProblemText } from "../vm/spec-problem.ts";
import { type SpecText, type YamlDocument, yamlDocuments } from "../vm/yaml-documents.ts";

/** A definition, and how a problem with one of its fields is told. */
export interface ReadRaw {
  readonly definition: RawDefinition;
  readonly problem: (field: readonly PropertyKey[], expected: string, found?: string) => string;
}

/** Reads YAML texts of one or more definitions each; all problems are collected, one line each. */
export async function readRaw(texts: readonly SpecText[]): Promise<{
  readonly read: readonly ReadRaw[];
  readonly problems: readonly string[];
}> {
  const read: ReadRaw[] = [];
  const problems: string[] = [];
  for (const text of texts) {
    const { documents, problems: wrong } = await yamlDocuments(text);
    problems.push(...wrong.map(specProblemText));
    if (documents.length === 0 && wrong.length === 0)
      problems.push(specProblemText({ file: text.file, expected: "a definition", found: "nothing" }));
    for (const document of documents) {
      const result = await readDocument(document);
      if ("definition" in result) read.push({ ...result, problem: problemIn(document) });
      else problems.push(...result.problems.map(specProblemText));
    }
  }
  return { read, problems };
}

async function readDocument(
  document: YamlDocument,
): Promise<{ readonly definition: RawDefinition } | { readonly problems: readonly SpecProblem[] }> {
  const { rawDefinitions } = await import("../contract/raw-definition.ts");
  const { file, value, placeOf } = document;
  const type = typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
  if (typeof type !== "string" || !isType(rawDefinitions, type)) {
    const types = Object.keys(rawDefinitions);
    const like = typeof type === "string" ? nearest(type, types) : undefined;
    const found = type === undefined ? "nothing" : JSON.stringify(type).slice(0, 80);
    const place = { file, ...placeOf(["type"]), field: "type" };
    const problem = { ...place, expected: `one of ${types.join(", ")}`, found };
    return { problems: [like === undefined ? problem : { ...problem, nearest: like }] };
  }
  const schema = rawDefinitions[type];
  const result = schema.safeParse(value);
  if (result.success) return { definition: result.data };
  return { problems: documentProblems(document, schema, result.error) };
}

function isType<T extends object>(types: T, word: string): word is keyof T & string {
  return Object.hasOwn(types, word);
}

function problemIn({ file, placeOf }: YamlDocument): ReadRaw["problem"] {
  return (field, expected, found) => {
    const name = fieldText(field);
    return specProblemText({
      ...{ file, ...placeOf(field), expected },
      ...(name === undefined ? {} : { field: name }),
      ...(found === undefined ? {} : { found }),
    });
  };
}
