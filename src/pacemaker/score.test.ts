import { expect, test } from "bun:test";
import { scoreOf } from "./score.ts";

test.each([
  ["INFINITY", Number.POSITIVE_INFINITY],
  ["+INFINITY", Number.POSITIVE_INFINITY],
  ["-infinity", Number.NEGATIVE_INFINITY],
  ["-150", -150],
  ["much", Number.NaN],
  ["", Number.NaN],
  [undefined, Number.NaN],
])("%s", (text, score) => {
  expect(scoreOf(text)).toBe(score);
});
