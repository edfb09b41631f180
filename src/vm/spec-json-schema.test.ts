import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { takes } from "../../test/support/json-schema.ts";
import { specJsonSchema } from "./spec-json-schema.ts";

test("the schema in docs is of this version: make schema writes it", async () => {
  const kept: unknown = JSON.parse(readFileSync("docs/vm-spec.schema.json", "utf8"));
  expect(kept).toEqual(await specJsonSchema());
});

test("every field has a line that an editor shows", async () => {
  const bare: string[] = [];
  const walk = (schema: unknown, path: string): void => {
    if (typeof schema !== "object" || schema === null) return;
    for (const [key, value] of Object.entries(schema)) {
      if (key === "properties" && typeof value === "object" && value !== null) {
        for (const [name, property] of Object.entries(value)) {
          const isBare = typeof property !== "object" || property === null || !("description" in property);
          if (isBare) bare.push(`${path}.${name}`);
        }
      }
      walk(value, key === "properties" ? path : `${path}.${key}`);
    }
  };
  walk(await specJsonSchema(), "");
  expect(bare).toEqual([]);
});

async function schemaTakes(yaml: string): Promise<boolean> {
  return takes(await specJsonSchema(), parse(yaml));
}

test.each(readdirSync("examples").filter((name) => name !== "cluster.yaml"))("it takes %s", async (name) => {
  expect(await schemaTakes(readFileSync(`examples/${name}`, "utf8"))).toBe(true);
});

test.each([
  "memory: 1 GiB",
  "name: A\nmemory: 1 GiB",
  "name: a\nmemory: plenty",
  "name: a\nmemory: 1 GiB\nmemroy: 2",
  "name: a\nmemory: 1 GiB\ndisks: [{format: raw}]",
  "name: a\nmemory: 1 GiB\ndisks: [{file: relative.img}]",
  "name: a\nmemory: 1 GiB\ndisks: [{file: /a, block: /b}]",
  "name: a\nmemory: 1 GiB\nnetworks: [{ovs: o, vlan: 5000}]",
  "name: a\nmemory: 1 GiB\nfirmware: openfirmware",
])("it refuses %j", async (yaml) => {
  expect(await schemaTakes(yaml)).toBe(false);
});
