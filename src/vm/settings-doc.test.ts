import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { takes } from "../../test/support/json-schema.ts";
import { readSettings } from "./read-settings.ts";
import { settingsJsonSchema } from "./settings-json-schema.ts";

const document = readFileSync("docs/settings.md", "utf8");
const [, example = ""] = /^```yaml\n(.*?)^```$/ms.exec(document) ?? [];

test("the schema of settings in docs is of this version: make schema writes it", async () => {
  const kept: unknown = JSON.parse(readFileSync("docs/settings.schema.json", "utf8"));
  expect(kept).toEqual(await settingsJsonSchema());
});

test("the example in docs/settings.md has every field of zones, mail and webhooks, and is taken", async () => {
  expect((await readSettings({ file: "docs/settings.md", text: example })).problems).toEqual([]);
  expect(takes(await settingsJsonSchema(), parse(example))).toBe(true);
  const { settings } = await import("../contract/settings.ts");
  const { zones, mail, webhooks, ...rest } = settings.shape;
  const words = new Set(example.match(/[a-z0-9-]+(?=:)/g));
  const zone = zones.unwrap().valueType.shape;
  const hook = webhooks.unwrap().element.shape;
  const names = [zone, mail.unwrap().shape, hook, rest].flatMap((shape) => Object.keys(shape));
  expect(names.filter((name) => !words.has(name))).toEqual([]);
});

test.each([
  "zones: {a: {bridge: br0, vlna: 4}}",
  "zones: {A: {bridge: br0}}",
  "mail: {server: m}",
  "mail: {server: m, from: a@b.org, to: c@d.org, on: [starts]}",
  "webhooks: [{on: start}]",
  "storage: /srv",
])("the schema refuses %s", async (yaml) => {
  expect(takes(await settingsJsonSchema(), parse(yaml))).toBe(false);
});
