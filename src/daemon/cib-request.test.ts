import { expect, test } from "bun:test";
import { encodeCibRequest } from "./cib-request.ts";

test("a request is a header of 40 bytes and the text with its zero", () => {
  const bytes = Buffer.from(encodeCibRequest("<ä/>", 7));
  expect(bytes.length).toBe(40 + 6);
  expect([0, 8, 16, 24, 28, 32].map((at) => bytes.readUInt32LE(at))).toEqual([7, 46, 0, 6, 0, 0x200]);
  expect(bytes[36]).toBe(1);
  expect(bytes.subarray(40).toString("utf8")).toBe("<ä/>\0");
});
