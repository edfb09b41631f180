import { HavenError } from "../base/errors.ts";

/** Unpacks what is compressed with XZ. */
export type Unxz = (compressed: Uint8Array) => Promise<Uint8Array>;

const magicXz = "fd377a585a00";
const magicZstd = "28b52ffd";
const magicElf = "7f454c46";

/**
 * The kernel (ELF, vmlinux) that a bzImage unpacks when it starts: QEMU starts it as it is (PVH), which spares an emulated
 * machine the unpacking. Where it is in the file is told by Linux' Documentation/arch/x86/boot.rst: `setup_sects` at
 * 0x1f1, `payload_offset` and `payload_length` at 0x248 since protocol 2.08.
 *
 * @returns undefined for a kernel that is compressed with something else: Debian 12's LZ4 is unpacked quickly as it is
 * @throws HavenError lab.failed for what is no bzImage, or a broken one
 */
export async function uncompressedKernel(bzImage: Uint8Array, unxz: Unxz): Promise<Uint8Array | undefined> {
  const image = Buffer.from(bzImage.buffer, bzImage.byteOffset, bzImage.byteLength);
  if (image.length < 0x260 || image.toString("latin1", 0x202, 0x206) !== "HdrS") {
    throw failed("it is no bzImage");
  }
  // Zero means four sectors, says the protocol.
  const protectedMode = ((image[0x1f1] || 4) + 1) * 512;
  const start = protectedMode + image.readUInt32LE(0x248);
  const end = start + image.readUInt32LE(0x24c);
  if (end > image.length || end - start < 8) throw failed("it ends before its payload");
  // Behind the payload, and counted with it, is its length when it is unpacked.
  const payload = image.subarray(start, end - 4);
  const length = image.readUInt32LE(end - 4);
  const kernel = await unpack(payload, unxz);
  if (kernel === undefined) return undefined;
  if (kernel.length !== length || !startsWith(kernel, magicElf)) throw failed("what is in it is no kernel");
  return kernel;
}

async function unpack(payload: Uint8Array, unxz: Unxz): Promise<Uint8Array | undefined> {
  if (startsWith(payload, magicZstd)) return Bun.zstdDecompressSync(payload);
  if (startsWith(payload, magicXz)) return await unxz(payload);
  return undefined;
}

function startsWith(bytes: Uint8Array, hex: string): boolean {
  return Buffer.from(bytes.subarray(0, hex.length / 2)).toString("hex") === hex;
}

function failed(why: string): HavenError {
  return new HavenError("lab.failed", { what: "The guest's kernel could not be unpacked", why });
}
