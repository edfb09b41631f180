import { expect, test } from "bun:test";
import { type JsonSchema, schemaAbout, schemaChoices } from "./schema-choices.ts";

/** As `haven vm schema` prints it. */
const schema: JsonSchema = await Bun.file("docs/vm-spec.schema.json").json();
const fields = (...path: string[]) => schemaChoices(schema, { path, is: "field" }).map(({ word }) => word);
const words = (...path: string[]) => schemaChoices(schema, { path, is: "value" }).map(({ word }) => word);

test("the fields of a specification, without what Haven writes itself", () => {
  expect(fields()).toContain("memory");
  expect(fields()).not.toContain("inherited");
  expect(fields("cpu")).toContain("count");
  expect(fields("disks", "[]", "create")).toContain("copy");
  expect(fields("nowhere")).toEqual([]);
});

test("the words that a value may be", () => {
  expect(words("policies", "io-error")).toEqual(["wait", "resume", "fail"]);
  expect(words("balloon")).toEqual(["true", "false"]);
  expect(words("boot", "[]")).toEqual(["disk", "cdrom", "network"]);
});

test("what the schema says of a field", () => {
  expect(schemaAbout(schema, ["memory"])).toBe("The VM's memory, in MiB or with a unit");
});
