import type { SpecText } from "../vm/yaml-documents.ts";

/** A specification in a request, not checked yet. */
export type RequestSpec = Readonly<Record<string, unknown>>;

/** Its text, as a file of the command line's would be. */
export function textOfSpec(spec: RequestSpec): string {
  return JSON.stringify(spec, undefined, 2);
}

/** Their texts; problems name them by their place in the request. */
export function textsOfSpecs(specs: readonly RequestSpec[]): readonly SpecText[] {
  return specs.map((spec, i) => ({ file: `specs[${i}]`, text: textOfSpec(spec) }));
}
