import type { z } from "zod";
import { nearest } from "../base/nearest.ts";
import { specIssues } from "../contract/spec-issues.ts";
import { fieldText, type SpecProblem } from "./spec-problem.ts";
import type { YamlDocument } from "./yaml-documents.ts";

/** What a schema found wrong with a document, each problem with its place. */
export function documentProblems(
  { file, value, placeOf }: YamlDocument,
  schema: z.core.$ZodType,
  error: z.core.$ZodError,
): readonly SpecProblem[] {
  return specIssues(schema, error).map(({ path, expected, known, isName }): SpecProblem => {
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
