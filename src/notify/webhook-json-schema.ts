import { jsonSchemaOf } from "../vm/spec-json-schema.ts";

/** The JSON Schema (2020-12) of what webhooks get. */
export async function webhookJsonSchema(): Promise<Readonly<Record<string, unknown>>> {
  const { webhookBody } = await import("../contract/webhook-body.ts");
  return await jsonSchemaOf(webhookBody, "What Haven tells a webhook", "The body of a webhook's request");
}
