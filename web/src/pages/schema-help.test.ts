import { expect, test } from "bun:test";
import { schemaHelp } from "./schema-help.ts";

const schema = {
  properties: {
    zones: {
      description: "The networks",
      additionalProperties: {
        properties: {
          bridge: { description: "A bridge" },
          ipv4: { description: "Addresses", anyOf: [{ items: { $ref: "#/$defs/range" } }] },
        },
      },
    },
  },
  $defs: { range: { properties: { first: { description: "The first" } } } },
};

test("fields are told with what they are for, as deep as is asked", () => {
  expect(schemaHelp(schema, "zones", 2)).toEqual([
    { field: "zones", help: "The networks" },
    { field: "zones.NAME.bridge", help: "A bridge" },
    { field: "zones.NAME.ipv4", help: "Addresses" },
  ]);
  expect(schemaHelp(schema, "zones", 3).at(-1)).toEqual({
    field: "zones.NAME.ipv4.first",
    help: "The first",
  });
  expect(schemaHelp(schema, "zones", 1)).toHaveLength(1);
});

test("of what no schema says nothing is told", () => {
  expect(schemaHelp(schema, "other", 3)).toEqual([]);
  expect(schemaHelp(undefined, "zones", 3)).toEqual([]);
});
