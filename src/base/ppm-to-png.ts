import { crc32, deflateSync } from "node:zlib";

/** A screen of 16384 x 16384 would be 800 MB of pixels; no guest has one. */
const largestSide = 16_384;

/**
 * Turns a picture in the portable pixmap format (P6, 8 bits a colour, as QEMU's screendump gives it) into a PNG.
 *
 * @returns undefined where it is no such picture, or not a whole one
 * Sources: ppm(5) of Netpbm; the PNG specification (W3C), sections 5, 7 and 11
 */
export function ppmToPng(ppm: Uint8Array): Uint8Array | undefined {
  // "P6 WIDTH HEIGHT 255" in any white space, with comments up to the end of their lines, then one white space.
  const head = Buffer.from(ppm.subarray(0, 1024)).toString("latin1");
  const gap = "(?:\\s|#[^\\n]*\\n)+";
  const match = new RegExp(`^P6${gap}(\\d{1,5})${gap}(\\d{1,5})${gap}255\\s`).exec(head);
  if (match === null) return undefined;
  const [width, height] = [Number(match[1]), Number(match[2])];
  const pixels = ppm.subarray(match[0].length);
  if (width < 1 || height < 1 || width > largestSide || height > largestSide) return undefined;
  if (pixels.length < width * height * 3) return undefined;
  return png(width, height, pixels);
}

function png(width: number, height: number, pixels: Uint8Array): Uint8Array {
  const row = width * 3;
  // Each row begins with the number of its filter: 0 for none.
  const data = new Uint8Array(height * (row + 1));
  for (let y = 0; y < height; y++) data.set(pixels.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  // 8 bits a sample, of true colour; compression, filter and interlace are 0, the only ones there are or none.
  header.setUint8(8, 8);
  header.setUint8(9, 2);
  return Buffer.concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", new Uint8Array(header.buffer)),
    chunk("IDAT", deflateSync(data)),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, "latin1");
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}
