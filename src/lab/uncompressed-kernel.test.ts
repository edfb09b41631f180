import { expect, test } from "bun:test";
import { uncompressedKernel } from "./uncompressed-kernel.ts";

const kernel = Buffer.concat([Buffer.from("\x7fELF"), Buffer.alloc(5000, "kernel")]);

/** A bzImage of two sectors of set-up whose payload begins 0x40 bytes behind them. */
function bzImage(payload: Uint8Array, { length = kernel.length, claimed = payload.length + 4 } = {}): Buffer {
  const image = Buffer.alloc(3 * 512 + 0x40 + payload.length + 4 + 100);
  image[0x1f1] = 2;
  image.write("HdrS", 0x202);
  image.writeUInt32LE(0x40, 0x248);
  image.writeUInt32LE(claimed, 0x24c);
  image.set(payload, 3 * 512 + 0x40);
  image.writeUInt32LE(length, 3 * 512 + 0x40 + payload.length);
  return image;
}

const noXz = (): Promise<Uint8Array> => Promise.reject(new Error("not of XZ"));

test("a kernel of Zstandard, and one of XZ, are unpacked", async () => {
  expect(Buffer.from((await uncompressedKernel(bzImage(Bun.zstdCompressSync(kernel)), noXz)) ?? [])).toEqual(
    kernel,
  );
  const xz = Buffer.from("fd377a585a00aabbccdd", "hex");
  const unxz = async (compressed: Uint8Array): Promise<Uint8Array> => {
    expect(Buffer.from(compressed)).toEqual(xz);
    return kernel;
  };
  expect(await uncompressedKernel(bzImage(xz), unxz)).toBe(kernel);
});

test("what is compressed with something else stays as it is", async () => {
  expect(await uncompressedKernel(bzImage(Buffer.from("02214c18", "hex")), noXz)).toBeUndefined();
});

test.each([
  ["no bzImage", Buffer.alloc(1000)],
  ["nothing", Buffer.alloc(0)],
  ["one that breaks off", bzImage(Bun.zstdCompressSync(kernel), { claimed: 100_000 })],
  ["one of another length", bzImage(Bun.zstdCompressSync(kernel), { length: 7 })],
  ["no kernel within", bzImage(Bun.zstdCompressSync(Buffer.alloc(5004)))],
])("%s is refused", async (_what, image) => {
  await expect(uncompressedKernel(image, noXz)).rejects.toThrow("could not be unpacked");
});
