import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { webhookJsonSchema } from "./webhook-json-schema.ts";

test("the schema of webhooks in docs is of this version: make schema writes it", async () => {
  const kept: unknown = JSON.parse(readFileSync("docs/webhook.schema.json", "utf8"));
  expect(kept).toEqual(await webhookJsonSchema());
});
