export interface FieldHelp {
  /** "zones.NAME.bridge" */
  readonly field: string;
  readonly help: string;
}

type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema => typeof value === "object" && value !== null;

/**
 * What a JSON Schema says of a field and of the fields in it, with NAME where names are free.
 *
 * @param depth How many fields deep; what is further in is left out
 * @example
 * schemaHelp(schema, "zones", 3) // [{ field: "zones", help: "The networks …" }, { field: "zones.NAME.bridge", … }]
 */
export function schemaHelp(schema: unknown, field: string, depth: number): readonly FieldHelp[] {
  const own = isSchema(schema) && isSchema(schema.properties) ? schema.properties[field] : undefined;
  const seen = new Set<string>();
  return helpOf(own, field, depth).filter(
    ({ field: name }) => !seen.has(name) && seen.add(name) !== undefined,
  );

  function helpOf(value: unknown, name: string, left: number): readonly FieldHelp[] {
    if (!isSchema(value) || left < 1) return [];
    const { description, properties, additionalProperties, items, anyOf, $ref } = value;
    const inside: FieldHelp[] = [];
    if (typeof $ref === "string") inside.push(...helpOf(target(schema, $ref), name, left));
    if (isSchema(properties))
      for (const [key, one] of Object.entries(properties))
        inside.push(...helpOf(one, `${name}.${key}`, left - 1));
    inside.push(...helpOf(additionalProperties, `${name}.NAME`, left));
    inside.push(...helpOf(items, name, left));
    if (Array.isArray(anyOf)) for (const one of anyOf) inside.push(...helpOf(one, name, left));
    return typeof description === "string" ? [{ field: name, help: description }, ...inside] : inside;
  }
}

/** What a reference in a schema leads to. */
function target(schema: unknown, reference: string): unknown {
  let found: unknown = schema;
  for (const part of reference.replace(/^#\/?/, "").split("/").filter(Boolean))
    found = isSchema(found) ? found[part] : undefined;
  return found;
}
