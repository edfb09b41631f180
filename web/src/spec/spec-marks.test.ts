import { expect, test } from "bun:test";
import { specMarks } from "./spec-marks.ts";

/** What is wrong, each with the piece of the text that it is about. */
function marked(text: string): readonly (readonly [string, string])[] {
  return specMarks(text).map(({ from, to, words }) => [text.slice(from, to), words]);
}

test("nothing is wrong with what the cluster's defaults may complete", () => {
  expect(specMarks("name: web1\n")).toEqual([]);
  expect(specMarks("name: web1\nmemory: 2 GiB # enough\ndisks:\n  - file: /srv/a.img\n")).toEqual([]);
});

test("what is wrong is marked where it stands", () => {
  expect(marked("name: web1\nmemory: lots\n")).toEqual([
    ["lots", "Expected a size such as 512 MiB or 2 GiB"],
  ]);
  expect(marked("name: web1\nboot: floppy\n")[0]?.[0]).toBe("floppy");
});

test("an unknown field is told with those that are known there", () => {
  const found = marked("name: web1\ncpu:\n  count: 1\n  cores: 2\n");
  expect(found.map(([piece]) => piece)).toEqual(["cores"]);
  expect(found[0]?.[1]).toStartWith("Unknown field; expected one of count, maximum");
});

test("a text that is no YAML says where", () => {
  expect(specMarks("name: [web1\n").length).toBeGreaterThan(0);
});
