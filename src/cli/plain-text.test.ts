import { expect, test } from "bun:test";
import { PlainText } from "./plain-text.ts";

const shown = (...chunks: readonly string[]): string => {
  const plain = new PlainText();
  return chunks.map((chunk) => plain.next(Buffer.from(chunk))).join("");
};

test.each([
  ["lines and tabs stay", ["a\tb\r\nc\n"], "a\tb\nc\n"],
  ["colours", ["\x1b[1;31mred\x1b[0m text"], "red text"],
  ["a title", ["\x1b]0;owned\x07login: "], "login: "],
  ["a clipboard, ended the other way", ["\x1b]52;c;ZXZpbA==\x1b\\x"], "x"],
  ["a question to the terminal", ["\x1b[6n\x1b[c\x05x"], "x"],
  ["one that is cut", ["a\x1b", "[3", "1mb"], "ab"],
  ["a title that is cut", ["a\x1b]0;ow", "ned\x07b"], "ab"],
  ["a character that is cut", ["gr\xc3"], "gr\u00c3"],
  ["controls of eight bits", ["a\u009b31mb"], "a31mb"],
  ["line drawing and a reset", ["\x1b(0q\x1bcx"], "qx"],
  ["a string without an end keeps nothing back for ever", [`a\x1b]0;${"x".repeat(5000)}`, "b"], "ab"],
] as const)("%s", (_what, chunks, text) => {
  expect(shown(...chunks)).toBe(text);
});

test("a character in two pieces is one", () => {
  const plain = new PlainText();
  const bytes = Buffer.from("für");
  expect(plain.next(bytes.subarray(0, 2)) + plain.next(bytes.subarray(2))).toBe("für");
});
