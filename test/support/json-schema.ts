type Schema = Readonly<Record<string, unknown>>;
type Check = (value: unknown, argument: never, schema: Schema) => boolean;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isOf: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
};

const any = (): boolean => true;

const checks: Readonly<Record<string, Check>> = {
  $schema: any,
  title: any,
  description: any,
  type: (value, name: string) => isOf[name]?.(value) === true,
  enum: (value, values: readonly unknown[]) => values.includes(value),
  const: (value, wanted: unknown) => value === wanted,
  pattern: (value, source: string) => typeof value !== "string" || new RegExp(source).test(value),
  minimum: (value, least: number) => typeof value !== "number" || value >= least,
  maximum: (value, most: number) => typeof value !== "number" || value <= most,
  minItems: (value, least: number) => !Array.isArray(value) || value.length >= least,
  maxItems: (value, most: number) => !Array.isArray(value) || value.length <= most,
  items: (value, item: Schema) => !Array.isArray(value) || value.every((one) => takes(item, one)),
  required: (value, names: readonly string[]) => !isObject(value) || names.every((name) => name in value),
  properties: (value, known: Readonly<Record<string, Schema>>) =>
    !isObject(value) ||
    Object.entries(known).every(([name, schema]) => !(name in value) || takes(schema, value[name])),
  propertyNames: (value, names: Schema) =>
    !isObject(value) || Object.keys(value).every((name) => takes(names, name)),
  additionalProperties: (value, rest: boolean | Schema, { properties = {} }) =>
    !isObject(value) ||
    Object.entries(value).every(
      ([name, one]) => Object.hasOwn(properties as object, name) || (rest !== false && takes(rest, one)),
    ),
  anyOf: (value, schemas: readonly Schema[]) => schemas.some((schema) => takes(schema, value)),
  oneOf: (value, schemas: readonly Schema[]) => schemas.filter((schema) => takes(schema, value)).length === 1,
};

/**
 * Whether a JSON Schema takes a value: as much of 2020-12 as zod writes, patterns as readers without Unicode's names
 * understand them.
 *
 * @throws Error for a keyword that is not known here
 */
export function takes(schema: Schema | true, value: unknown): boolean {
  if (schema === true) return true;
  return Object.entries(schema).every(([keyword, argument]) => {
    const check = checks[keyword];
    if (check === undefined) throw new Error(`the keyword ${keyword} is not known`);
    return check(value, argument as never, schema);
  });
}
