import { expect, test } from "bun:test";
import type { LogPiece } from "./join-console-logs.ts";
import { lastLines } from "./last-lines.ts";

const piece = (node: string, text: string): LogPiece => ({ node, bytes: Buffer.from(text), until: 1 });

test.each([
  [["a\nb\nc\n"], 2, ["b\nc\n"]],
  [["a\nb\nc"], 2, ["b\nc"]],
  [["a\nb\n", "c\nd\n"], 3, ["b\n", "c\nd\n"]],
  [["a\nb\n", "c\nd\n"], 2, ["c\nd\n"]],
  [["one\ntw", "o\nthree\n"], 2, ["tw", "o\nthree\n"]],
  [["a\n"], 5, ["a\n"]],
  [["a\n"], 0, []],
  [["\n\n\n"], 2, ["\n\n"]],
  [[], 3, []],
] as const)("of %j the last %d lines", (texts, lines, expected) => {
  const pieces = texts.map((text, i) => piece(`node${i}`, text));
  expect(lastLines(pieces, lines).map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([...expected]);
});
