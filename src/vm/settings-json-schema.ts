import { jsonSchemaOf } from "./spec-json-schema.ts";

/** The JSON Schema (2020-12) of what a person writes in a cluster's settings, for editors. */
export async function settingsJsonSchema(): Promise<Readonly<Record<string, unknown>>> {
  const { settings } = await import("../contract/settings.ts");
  return await jsonSchemaOf(settings, "A cluster's settings", "What haven settings apply takes");
}
