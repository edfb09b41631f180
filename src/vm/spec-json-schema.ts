/** The control characters, for those who read a pattern without Unicode's names. */
const controlCharacters = String.raw`\x00-\x1f\x7f-\x9f`;

/**
 * The JSON Schema (2020-12) of what a person writes in a specification, for editors that complete and check it.
 * What holds between fields is said by `haven vm add` only.
 */
export async function specJsonSchema(): Promise<Readonly<Record<string, unknown>>> {
  const [{ z }, { vmSpec }] = await Promise.all([import("zod"), import("../contract/vm-spec.ts")]);
  const { $schema, ...rest } = z.toJSONSchema(vmSpec, {
    io: "input",
    override({ jsonSchema }) {
      if (jsonSchema.pattern !== undefined) {
        jsonSchema.pattern = jsonSchema.pattern.replaceAll(String.raw`\p{Cc}`, controlCharacters);
      }
    },
  });
  return {
    $schema,
    title: "A virtual machine",
    description: "The specification of a VM for haven vm add",
    ...rest,
  };
}
