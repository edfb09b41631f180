/** Writes the JSON Schemas in docs, which editors check what people write against. */
import { writeFileSync } from "node:fs";
import { webhookJsonSchema } from "../src/notify/webhook-json-schema.ts";
import { settingsJsonSchema } from "../src/vm/settings-json-schema.ts";
import { specJsonSchema } from "../src/vm/spec-json-schema.ts";

const schemas = {
  "vm-spec": await specJsonSchema(),
  settings: await settingsJsonSchema(),
  webhook: await webhookJsonSchema(),
};
for (const [name, schema] of Object.entries(schemas)) {
  writeFileSync(`docs/${name}.schema.json`, `${JSON.stringify(schema, undefined, 2)}\n`);
}
