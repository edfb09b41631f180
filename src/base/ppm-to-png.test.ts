import { expect, test } from "bun:test";
import { crc32, inflateSync } from "node:zlib";
import { ppmToPng } from "./ppm-to-png.ts";

const pixels = [255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const ppm = (head: string, data: readonly number[] = pixels): Uint8Array =>
  Buffer.concat([Buffer.from(head, "latin1"), Uint8Array.from(data)]);

/** The chunks of a PNG, each with a checksum that is right. */
function chunks(png: Uint8Array): readonly { readonly type: string; readonly data: Buffer }[] {
  const bytes = Buffer.from(png);
  expect(bytes.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  const found: { type: string; data: Buffer }[] = [];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(bytes.subarray(at + 4, at + 8 + length)));
    found.push({
      type: bytes.toString("latin1", at + 4, at + 8),
      data: bytes.subarray(at + 8, at + 8 + length),
    });
    at += 12 + length;
  }
  return found;
}

test("the pixels are those of the picture", () => {
  const [header, data, end] = chunks(ppmToPng(ppm("P6\n3 2\n255\n")) ?? new Uint8Array());
  expect([header?.type, data?.type, end?.type]).toEqual(["IHDR", "IDAT", "IEND"]);
  expect([...(header?.data ?? [])]).toEqual([0, 0, 0, 3, 0, 0, 0, 2, 8, 2, 0, 0, 0]);
  expect([...inflateSync(data?.data ?? Buffer.alloc(0))]).toEqual([
    0,
    ...pixels.slice(0, 9),
    0,
    ...pixels.slice(9),
  ]);
});

test("comments and any white space may stand in the head", () => {
  expect(ppmToPng(ppm("P6 # made by QEMU\n#\n3\t2 255 "))).toEqual(ppmToPng(ppm("P6\n3 2\n255\n")));
});

test.each([
  ["another format", ppm("P5\n3 2\n255\n")],
  ["16 bits a colour", ppm("P6\n3 2\n65535\n")],
  ["no size", ppm("P6\n0 2\n255\n")],
  ["too large", ppm("P6\n99999 99999\n255\n")],
  ["cut off", ppm("P6\n3 2\n255\n", pixels.slice(1))],
  ["empty", new Uint8Array()],
])("%s is no picture", (_what, bytes) => {
  expect(ppmToPng(bytes)).toBeUndefined();
});
