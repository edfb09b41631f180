import { expect, test } from "bun:test";
import { readXml } from "../xml/read.ts";
import { memoryBytes } from "./memory-bytes.ts";

test.each([
  ["<memory>1024</memory>", 1024 ** 2],
  ["<memory unit='KiB'> 1024 </memory>", 1024 ** 2],
  ["<memory unit='k'>1</memory>", 1024],
  ["<memory unit='KB'>1</memory>", 1000],
  ["<memory unit='gib'>2</memory>", 2 * 1024 ** 3],
  ["<memory unit='G'>2</memory>", 2 * 1024 ** 3],
  ["<memory unit='b'>7</memory>", 7],
  ["<memory unit='bytes'>7</memory>", 7],
  ["<memory unit='lots'>7</memory>", undefined],
  ["<memory>much</memory>", undefined],
  ["<memory/>", undefined],
])("%s", (text, bytes) => {
  expect(memoryBytes(readXml(text))).toBe(bytes as number);
});

test("nothing for no element", () => {
  expect(memoryBytes(undefined)).toBeUndefined();
});
