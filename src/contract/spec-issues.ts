import type { z } from "zod";

/** What a schema found wrong, flattened: one entry for each field at fault. */
export interface SpecIssue {
  readonly path: readonly PropertyKey[];
  readonly expected: string;
  /** Set for a field that the schema does not know: the names that it knows there. */
  readonly known?: readonly string[];
  /** Set where the name itself is wrong, not what stands there. */
  readonly isName?: true;
}

type Issue = z.core.$ZodIssue;

/**
 * Flattens zod's issues. Of a union's alternatives the one that fits the value's shape is reported, so that
 * `cpu: {cout: 2}` is about `cout` and not about a number that was expected.
 */
export function specIssues(schema: z.core.$ZodType, error: z.core.$ZodError): readonly SpecIssue[] {
  return error.issues.flatMap((issue) => flatten(schema, issue, []));
}

function flatten(schema: z.core.$ZodType, issue: Issue, base: readonly PropertyKey[]): readonly SpecIssue[] {
  const path = [...base, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    const known = knownFields(schema, path);
    return issue.keys.map((key) => ({ path: [...path, key], expected: "a field that is known here", known }));
  }
  if (issue.code === "invalid_key") {
    return issue.issues.map(({ message }) => ({ path, expected: message, isName: true }));
  }
  if (issue.code === "invalid_union") {
    const fitting = issue.errors.find((errors) => fits(errors) && saysMore(errors));
    if (fitting !== undefined) return fitting.flatMap((inner) => flatten(schema, inner, path));
  }
  return [{ path, expected: issue.message }];
}

/** The value is of the alternative's kind: a word, a number, a list or fields. */
function fits(errors: readonly Issue[]): boolean {
  return errors.every((inner) => inner.path.length > 0 || inner.code !== "invalid_type");
}

/** Not just that it is another word than those that are known. */
function saysMore(errors: readonly Issue[]): boolean {
  return errors.some((inner) => inner.path.length > 0 || inner.code !== "invalid_value");
}

/** The names of the fields that a schema knows at a path. */
export function knownFields(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  let here: readonly z.core.$ZodType[] = objects(schema);
  for (const part of path) {
    here = here.flatMap((object) => child(object, part)).flatMap(objects);
  }
  return here.flatMap((object) => Object.keys(shapeOf(object)));
}

function child(schema: z.core.$ZodType, part: PropertyKey): readonly z.core.$ZodType[] {
  if (typeof part === "number") return [schema];
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === "record") return [def.valueType];
  const found = shapeOf(schema)[String(part)];
  return found === undefined ? [] : [found];
}

function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  return def.type === "object" ? def.shape : {};
}

/** The schemas of objects and of records behind optional, union, array and transform. */
function objects(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  switch (def.type) {
    case "object":
    case "record":
      return [schema];
    case "optional":
    case "nullable":
    case "default":
      return objects(def.innerType);
    case "union":
      return def.options.flatMap(objects);
    case "array":
      return objects(def.element);
    case "pipe":
      return objects(def.in);
    default:
      return [];
  }
}
