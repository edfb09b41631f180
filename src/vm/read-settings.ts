import type { Settings } from "../contract/settings.ts";
import type { SpecProblem } from "./spec-problem.ts";
import { type SpecText, yamlDocuments } from "./yaml-documents.ts";

/** Settings that were read, or all that is wrong with them. */
export type ReadSettings =
  | { readonly settings: Settings; readonly problems: readonly [] }
  | { readonly settings: undefined; readonly problems: readonly SpecProblem[] };

/** Reads a YAML text with a cluster's settings; an empty one has none. */
export async function readSettings(text: SpecText): Promise<ReadSettings> {
  const { documents, problems } = await yamlDocuments(text);
  if (problems.length > 0) return { settings: undefined, problems };
  const [document, second] = documents;
  if (document === undefined) return { settings: {}, problems: [] };
  if (second !== undefined) {
    const { file, placeOf } = second;
    const problem = { file, ...placeOf([]), expected: "one document", found: "another one" };
    return { settings: undefined, problems: [problem] };
  }
  const [{ settings }, { documentProblems }] = await Promise.all([
    import("../contract/settings.ts"),
    import("./document-problems.ts"),
  ]);
  const result = settings.safeParse(document.value);
  if (result.success) return { settings: result.data, problems: [] };
  return { settings: undefined, problems: documentProblems(document, settings, result.error) };
}
