import { expect, test } from "bun:test";
import { fieldsOf, setField } from "./set-field.ts";

const text = "# Mail of the house\nname: mail # short\nmemory: 2 GiB # enough\ncpu: 2\n";

test("a field is changed, and all remarks stay", () => {
  expect(setField(text, ["memory"], "4 GiB")).toBe(
    "# Mail of the house\nname: mail # short\nmemory: 4 GiB # enough\ncpu: 2\n",
  );
});

test("what is not there yet is added, also inside of other fields", () => {
  const set = setField(text, ["placement", "prefer"], ["node1", "node2"]);
  expect(fieldsOf(set).placement).toEqual({ prefer: ["node1", "node2"] });
  expect(set).toStartWith(text);
  expect(fieldsOf(setField("", ["name"], "web1"))).toEqual({ name: "web1" });
});

test("what is taken out leaves no empty fields behind", () => {
  const set = setField(`${text}policies:\n  io-error: wait\n`, ["policies", "io-error"], undefined);
  expect(set).toBe(text);
});

test("a text that is no YAML is left alone", () => {
  expect(setField("a: [", ["b"], 1)).toBe("a: [");
  expect(fieldsOf("a: [")).toEqual({});
});
