import { describe, expect, test } from "bun:test";
import { packetBytes } from "./fake-server.ts";
import { FrameReader, MESSAGE_MAX, readHeader } from "./frames.ts";
import { XdrReader } from "./xdr.ts";

/** The payloads' first ints of all packets in what is pushed. */
function collector(): { readonly reader: FrameReader; readonly push: (chunk: Uint8Array) => number[] } {
  const reader = new FrameReader();
  const push = (chunk: Uint8Array): number[] => {
    const seen: number[] = [];
    reader.push(chunk, (bytes, start, end) => {
      const xdr = new XdrReader(bytes, start, end);
      readHeader(xdr);
      seen.push(xdr.int32());
      return true;
    });
    return seen;
  };
  return { reader, push };
}

const packet = (value: number): Uint8Array => packetBytes({}, (writer) => writer.int32(value));

describe("packets are found however the bytes arrive", () => {
  test("several in one piece", () => {
    const { push, reader } = collector();
    expect(push(Buffer.concat([packet(1), packet(2), packet(3)]))).toEqual([1, 2, 3]);
    expect(reader.waiting).toBe(0);
  });

  test("byte by byte", () => {
    const { push } = collector();
    const seen: number[] = [];
    for (const byte of Buffer.concat([packet(1), packet(2)])) seen.push(...push(new Uint8Array([byte])));
    expect(seen).toEqual([1, 2]);
  });

  test("cut at every place", () => {
    const all = Buffer.concat([packet(1), packet(2), packet(3)]);
    for (let cut = 1; cut < all.length; cut++) {
      const { push } = collector();
      expect([...push(all.subarray(0, cut)), ...push(all.subarray(cut))]).toEqual([1, 2, 3]);
    }
  });

  test("what is kept for later does not change with the chunk it came in", () => {
    const { push } = collector();
    const chunk = Buffer.from(packet(7).subarray(0, 30));
    push(chunk);
    chunk.fill(0xff);
    expect(push(packet(7).subarray(30))).toEqual([7]);
  });
});

describe("a length that no packet can have", () => {
  test.each([0, 3, 4, 27, MESSAGE_MAX + 5, 0xffffffff])("%p", (length) => {
    const bytes = Buffer.alloc(64);
    bytes.writeUInt32BE(length);
    expect(() => new FrameReader().push(bytes, () => true)).toThrow(
      expect.objectContaining({ code: "libvirt.protocol" }),
    );
  });
});

test("a packet that promises 32 MiB takes no more memory than what has come of it", () => {
  const reader = new FrameReader();
  const begin = Buffer.alloc(100);
  begin.writeUInt32BE(MESSAGE_MAX + 4);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 50; i++) new FrameReader().push(begin, () => true);
  reader.push(begin, () => true);
  expect(reader.waiting).toBe(100);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
});

test.each([
  ["type", { type: 7 }],
  ["status", { status: 3 }],
])("a header with an unknown %s is refused", (_what, header) => {
  const bytes = packetBytes(header, () => undefined);
  expect(() => readHeader(new XdrReader(bytes, 4))).toThrow(
    expect.objectContaining({ code: "libvirt.protocol" }),
  );
});
