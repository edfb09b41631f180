import { expect, test } from "bun:test";
import { type FormField, formFields, placeOf, shownValue, writtenValue } from "./form-fields.ts";
import { type JsonSchema, schemaAbout, schemaChoices } from "./schema-choices.ts";

/** As `haven vm schema` prints it. */
const schema: JsonSchema = await Bun.file("docs/vm-spec.schema.json").json();

function field(path: string): FormField {
  const found = formFields.find((one) => one.path.join(".") === path);
  if (found === undefined) throw new Error(`The form has no ${path}`);
  return found;
}

test("every field of the form is one of the schema, and choices have their words there", () => {
  for (const { path, is } of formFields) {
    expect(schemaAbout(schema, path)).toBeDefined();
    if (is === "choice") expect(schemaChoices(schema, { path, is: "value" }).length).toBeGreaterThan(1);
  }
});

test("short forms are shown, and what has no short form is left to the text", () => {
  const fields = { labels: "web", memory: 512, cpu: { count: 4 }, placement: { prefer: ["node1", "node2"] } };
  expect(shownValue(field("labels"), fields)).toBe("web");
  expect(shownValue(field("memory"), fields)).toBe("512");
  expect(placeOf(field("cpu"), fields)).toEqual(["cpu", "count"]);
  expect(shownValue(field("cpu"), fields)).toBe("4");
  expect(shownValue(field("placement.prefer"), fields)).toBe("node1, node2");
  const others = { placement: { "apart-from": [{ vm: "web2", strength: "should" }] } };
  expect(shownValue(field("placement.apart-from"), others)).toBeUndefined();
});

test("what is put into the form is written as a person would", () => {
  expect(writtenValue(field("labels"), "web, shop")).toEqual(["web", "shop"]);
  expect(writtenValue(field("labels"), " ")).toBeUndefined();
  expect(writtenValue(field("cpu"), "4")).toBe(4);
  expect(writtenValue(field("memory"), "2 GiB")).toBe("2 GiB");
  expect(writtenValue(field("migration.allowed"), "false")).toBe(false);
  expect(writtenValue(field("description"), "42")).toBe("42");
});
