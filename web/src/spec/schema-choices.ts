import type { YamlPlace } from "./yaml-place.ts";

/** A JSON Schema as the API answers it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What may be written at a place. */
export interface Choice {
  readonly word: string;
  /** What the schema says of it. */
  readonly about: string | undefined;
}

/** What a JSON Schema lets stand at a place: names of fields, or the words that a value may be. */
export function schemaChoices(
  schema: JsonSchema,
  { path, is }: Pick<YamlPlace, "path" | "is">,
): readonly Choice[] {
  const here = schemasAt(schema, path);
  const choices = is === "field" ? here.flatMap(fieldsOf) : here.flatMap(wordsOf);
  const seen = new Set<string>();
  return choices.filter(({ word }) => !seen.has(word) && seen.add(word) !== undefined);
}

/** What a JSON Schema says of the field at a path. */
export function schemaAbout(schema: JsonSchema, path: readonly string[]): string | undefined {
  const field = path.at(-1) ?? "";
  const around = schemaChoices(schema, { path: path.slice(0, -1), is: "field" });
  return around.find(({ word }) => word === field)?.about;
}

function schemasAt(schema: JsonSchema, path: readonly string[]): readonly JsonSchema[] {
  let here = alternatives(schema);
  for (const part of path) {
    here = here.flatMap((one) => inside(one, part)).flatMap(alternatives);
  }
  return here;
}

/** A schema, and all that may stand in its place. */
function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  const others = ["anyOf", "oneOf", "allOf"].flatMap((word) => listOf(schema[word]));
  return [schema, ...others.flatMap(alternatives)];
}

function inside(schema: JsonSchema, part: string): readonly JsonSchema[] {
  if (part === "[]") return isSchema(schema.items) ? [schema.items] : [];
  const { properties, additionalProperties } = schema;
  const own = isSchema(properties) ? properties[part] : undefined;
  return [own, additionalProperties].filter(isSchema);
}

function fieldsOf({ properties }: JsonSchema): readonly Choice[] {
  if (!isSchema(properties)) return [];
  return Object.entries(properties)
    .filter(([word]) => word !== "inherited")
    .map(([word, about]) => ({ word, about: aboutOf(about) }));
}

function wordsOf(schema: JsonSchema): readonly Choice[] {
  const own = schema.type === "boolean" ? [true, false] : [schema.enum, [schema.const]].flatMap(valuesOf);
  return own.map((value) => ({ word: String(value), about: undefined }));
}

function valuesOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.filter((one) => one !== undefined) : [];
}

function aboutOf(schema: unknown): string | undefined {
  const about = isSchema(schema) ? schema.description : undefined;
  return typeof about === "string" ? about : undefined;
}

function listOf(value: unknown): readonly JsonSchema[] {
  return Array.isArray(value) ? value.filter(isSchema) : [];
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
