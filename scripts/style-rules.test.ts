import { expect, test } from "bun:test";
import { styleRules, writeStyles } from "./style-rules.ts";

test("a style sheet is read, and written as it was", () => {
  const css = [
    '@charset "utf-8";',
    '.a{color:red;content:"};{"}',
    "@media (min-width:1px){.b,.c:is(.d,.e){background:url(data:x;y)}@supports (a:b){.f{g:h}}}",
    "@keyframes k{from{a:b}to{c:d}}",
    String.raw`.x\{y{--z:{}}`,
  ].join("");
  const rules = styleRules(css);
  expect(writeStyles(rules)).toBe(css);
  expect(rules.map(({ prelude }) => prelude)).toEqual([
    ...['@charset "utf-8"', ".a", "@media (min-width:1px)", "@keyframes k", String.raw`.x\{y`],
  ]);
  expect(rules[1]?.declarations).toEqual(["color:red", 'content:"};{"']);
});

test("a bracket that is not closed is told", () => {
  expect(() => styleRules(".a{color:red")).toThrow("Expected the end of .a");
});
