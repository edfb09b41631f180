import { expect, test } from "bun:test";
import { readXml } from "./read.ts";
import { firstDifference } from "./same-meaning.ts";

const differ = (a: string, b: string): string | undefined => firstDifference(readXml(a), readXml(b));

test("attributes in another order, comments and white space are no difference", () => {
  expect(differ("<a x='1' y='2'><b/></a>", "<a y='2' x='1'>\n <!-- c -->\n <b></b></a>")).toBeUndefined();
});

test("a difference is named by its path", () => {
  expect(differ("<a><b id='i' v='1'/></a>", "<a><b id='i' v='2'/></a>")).toBe("/a/b[@id='i']/@v");
  expect(differ("<a><b/><c/></a>", "<a><c/><b/></a>")).toBe("/a/b: the other has <c>");
  expect(differ("<a><b/></a>", "<a/>")).toBe("/a: the other lacks <b> number 0");
  expect(differ("<a/>", "<a><b/></a>")).toBe("/a: the other has one more, <b>");
  expect(differ("<a>t</a>", "<a>u</a>")).toBe("/a: other text");
  expect(differ("<a x='1'/>", "<a x='1' y='1'/>")).toBe("/a: other attributes");
});
