import type { z } from "zod";

/** The control characters, for those who read a pattern without Unicode's names. */
const controlCharacters = String.raw`\x00-\x1f\x7f-\x9f`;

/**
 * The JSON Schema (2020-12) of what a person writes in a specification, for editors that complete and check it.
 * What holds between fields is said by `haven vm add` only.
 */
export async function specJsonSchema(): Promise<Readonly<Record<string, unknown>>> {
  const { vmSpec } = await import("../contract/vm-spec.ts");
  return await jsonSchemaOf(vmSpec, "A virtual machine", "The specification of a VM for haven vm add");
}

/** A schema of what people write, as JSON Schema with a title. */
export async function jsonSchemaOf(
  schema: z.ZodType,
  title: string,
  description: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { z } = await import("zod");
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    override({ jsonSchema }) {
      if (jsonSchema.pattern !== undefined) {
        jsonSchema.pattern = jsonSchema.pattern.replaceAll(String.raw`\p{Cc}`, controlCharacters);
      }
    },
  });
  return { $schema, title, description, ...rest };
}
