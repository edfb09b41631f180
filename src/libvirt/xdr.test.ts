import { describe, expect, test } from "bun:test";
import { copyOf, XdrReader, XdrWriter } from "./xdr.ts";

function written(write: (writer: XdrWriter) => void): Uint8Array {
  const writer = new XdrWriter(1_000_000);
  writer.begin();
  write(writer);
  return copyOf(writer.bytes());
}

function bytes(...values: number[]): Uint8Array {
  return new Uint8Array(values);
}

describe("what is written is what RFC 4506 says", () => {
  test("integers are big endian", () => {
    expect(written((w) => w.int32(-2))).toEqual(bytes(255, 255, 255, 254));
    expect(written((w) => w.uint32(0x01020304))).toEqual(bytes(1, 2, 3, 4));
    expect(written((w) => w.int64(-1))).toEqual(bytes(255, 255, 255, 255, 255, 255, 255, 255));
    expect(written((w) => w.uint64(2 ** 32 + 5))).toEqual(bytes(0, 0, 0, 1, 0, 0, 0, 5));
  });

  test("texts and blocks are padded with zeros to four bytes", () => {
    expect(written((w) => w.string("ab", 10))).toEqual(bytes(0, 0, 0, 2, 97, 98, 0, 0));
    expect(written((w) => w.string("abcd", 10))).toEqual(bytes(0, 0, 0, 4, 97, 98, 99, 100));
    expect(written((w) => w.string("", 10))).toEqual(bytes(0, 0, 0, 0));
    expect(written((w) => w.opaque(bytes(7), 10))).toEqual(bytes(0, 0, 0, 1, 7, 0, 0, 0));
  });

  test("a UUID is sixteen bytes", () => {
    const uuid = "00010203-0405-0607-0809-0a0b0c0d0eff";
    expect(written((w) => w.uuid(uuid))).toEqual(
      bytes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255),
    );
    expect(new XdrReader(written((w) => w.uuid(uuid.replaceAll("-", "").toUpperCase()))).uuid()).toBe(uuid);
  });
});

describe("what was written is read back", () => {
  test.each([0, 1, -1, 2_147_483_647, -2_147_483_648])("int32 %p", (value) => {
    expect(new XdrReader(written((w) => w.int32(value))).int32()).toBe(value);
  });

  test.each([0, -1, -4_294_967_296, -4_294_967_297, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])(
    "int64 %p",
    (value) => {
      expect(new XdrReader(written((w) => w.int64(value))).int64()).toBe(value);
    },
  );

  test.each([0, 4_294_967_295, 4_294_967_296, Number.MAX_SAFE_INTEGER])("uint64 %p", (value) => {
    expect(new XdrReader(written((w) => w.uint64(value))).uint64()).toBe(value);
  });

  test("the largest unsigned hyper is rounded", () => {
    expect(new XdrReader(bytes(255, 255, 255, 255, 255, 255, 255, 255)).uint64()).toBe(2 ** 64);
  });

  test.each(["", "plain", "für 日本 🖥", "x".repeat(5000)])("text %#", (value) => {
    const reader = new XdrReader(written((w) => w.string(value, 20_000)));
    expect(reader.string(20_000)).toBe(value);
    expect(reader.remaining).toBe(0);
  });

  test.each([0, 1.5, -1e300, Number.POSITIVE_INFINITY])("double %p", (value) => {
    expect(new XdrReader(written((w) => w.double(value))).double()).toBe(value);
  });
});

describe("what cannot be sent is refused", () => {
  test.each<[string, (w: XdrWriter) => void]>([
    ["a fraction", (w) => w.int32(1.5)],
    ["an int that is too large", (w) => w.int32(2 ** 31)],
    ["a negative unsigned int", (w) => w.uint32(-1)],
    ["not a number", (w) => w.int64(Number.NaN)],
    ["an imprecise hyper", (w) => w.int64(2 ** 60)],
    ["a negative unsigned hyper", (w) => w.uint64(-1)],
    ["a NUL in a text", (w) => w.string("a\0b", 10)],
    ["a text that is too long in bytes", (w) => w.string("üüü", 5)],
    ["a block that is too long", (w) => w.opaque(new Uint8Array(6), 5)],
    ["too many items", (w) => w.count(6, 5)],
    ["no UUID", (w) => w.uuid("7d2b1a30-0f6e-4d54-9f2e-5a1b0c0d0e0")],
    ["a UUID of other digits", (w) => w.uuid("7d2b1a30-0f6e-4d54-9f2e-5a1b0c0d0e0g")],
    ["a message that is too long", (w) => w.raw(new Uint8Array(1_000_001))],
  ])("%s", (_name, write) => {
    expect(() => written(write)).toThrow(expect.objectContaining({ code: "input.invalid" }));
  });
});

describe("what cannot be read is refused before anything is allocated", () => {
  test.each<[string, Uint8Array, (r: XdrReader) => unknown]>([
    ["half an int", bytes(0, 0), (r) => r.int32()],
    ["half a hyper", bytes(0, 0, 0, 0), (r) => r.uint64()],
    ["half a double", bytes(0, 0, 0, 0), (r) => r.double()],
    ["half a UUID", bytes(1, 2, 3, 4), (r) => r.uuid()],
    ["a text longer than the message", bytes(0, 0, 0, 9, 65, 0, 0, 0), (r) => r.string(100)],
    ["a text longer than allowed", bytes(0, 0, 0, 4, 65, 65, 65, 65), (r) => r.string(3)],
    ["a text of four gigabytes", bytes(255, 255, 255, 255), (r) => r.string(4_194_304)],
    ["a text without its padding", bytes(0, 0, 0, 1, 65), (r) => r.string(100)],
    ["a list longer than allowed", bytes(0, 0, 0, 5), (r) => r.count(4, 0)],
    ["a list longer than the message", bytes(0, 0, 0, 2, 0, 0, 0, 0), (r) => r.count(10, 4)],
    ["a mark that is neither there nor not", bytes(0, 0, 0, 2), (r) => r.present()],
  ])("%s", (_name, message, read) => {
    expect(() => read(new XdrReader(message))).toThrow(expect.objectContaining({ code: "libvirt.protocol" }));
  });

  test("bytes that are not UTF-8 become the replacement character", () => {
    expect(new XdrReader(bytes(0, 0, 0, 2, 0xff, 0x41, 0, 0)).string(10)).toBe("\ufffdA");
  });
});

test("one writer holds several messages, each with its own limit", () => {
  const writer = new XdrWriter(8);
  writer.begin();
  writer.int64(1);
  const second = writer.begin();
  writer.int64(2);
  expect(() => writer.int32(3)).toThrow();
  writer.truncate(second);
  expect(writer.bytes()).toEqual(bytes(0, 0, 0, 0, 0, 0, 0, 1));
  writer.reset();
  expect(writer.length).toBe(0);
});
