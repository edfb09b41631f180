import { HavenError } from "../base/errors.ts";

/**
 * XDR (RFC 4506): every item is a multiple of four bytes, big endian. Every length is compared with the
 * protocol's limit and with the bytes that are there before anything is allocated for it.
 */

const TWO_32 = 4_294_967_296;
const NO_BYTES = new Uint8Array(0);

/** A malformed message; the text completes "libvirt's message could not be read: …". */
export function protocolError(what: string): HavenError {
  return new HavenError("libvirt.protocol", { what });
}

function argumentError(expected: string, found: string): HavenError {
  return new HavenError("input.invalid", { where: "argument of a libvirt call", expected, found });
}

/** Reads XDR items from a part of a buffer, which it does not copy. */
export class XdrReader {
  #bytes: Buffer;
  #at: number;
  #end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = asBuffer(bytes);
    this.#at = start;
    this.#end = end;
  }

  /** Starts over on another buffer, so that a connection needs one reader only. */
  reset(bytes: Buffer, start: number, end: number): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.#end - this.#at;
  }

  /** @throws HavenError libvirt.protocol when the message ends before, as all reading methods do */
  int32(): number {
    const at = this.#at;
    if (at + 4 > this.#end) throw protocolError("it ends too early");
    this.#at = at + 4;
    const b = this.#bytes;
    return (
      ((b[at] as number) << 24) |
      ((b[at + 1] as number) << 16) |
      ((b[at + 2] as number) << 8) |
      (b[at + 3] as number)
    );
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  /** Beyond 2^53 the value is rounded. */
  int64(): number {
    const high = this.int32();
    return high * TWO_32 + this.uint32();
  }

  /** Beyond 2^53 the value is rounded. */
  uint64(): number {
    const high = this.uint32();
    return high * TWO_32 + this.uint32();
  }

  double(): number {
    if (this.remaining < 8) throw protocolError("it ends too early");
    const value = this.#bytes.readDoubleBE(this.#at);
    this.#at += 8;
    return value;
  }

  /** A bool is an int that is 0 or 1; what else is sent as one counts as true, as in C. */
  bool(): boolean {
    return this.int32() !== 0;
  }

  /** The presence mark of an optional item, which may only be 0 or 1. */
  present(): boolean {
    const mark = this.int32();
    if (mark !== 0 && mark !== 1) throw protocolError(`${mark} where an item is either there or not`);
    return mark === 1;
  }

  /** A string; bytes that are not UTF-8 become the replacement character. */
  string(max: number): string {
    const start = this.#at + 4;
    const length = this.#skipOpaque(max, "string");
    return this.#bytes.toString("utf8", start, start + length);
  }

  /** Bytes of variable length, copied. */
  opaque(max: number): Uint8Array {
    const start = this.#at + 4;
    const length = this.#skipOpaque(max, "block");
    return length === 0 ? NO_BYTES : copyOf(this.#bytes.subarray(start, start + length));
  }

  /** Sixteen bytes as a UUID with dashes, lower case. */
  uuid(): string {
    const at = this.#at;
    if (this.remaining < 16) throw protocolError("it ends too early");
    this.#at = at + 16;
    const hex = this.#bytes.toString("hex", at, at + 16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  /** The count in front of a list whose items take at least `least` bytes each. */
  count(max: number, least: number): number {
    const count = this.uint32();
    if (count > max) throw protocolError(`a list of ${count} items where ${max} are the most`);
    if (count * least > this.remaining) throw protocolError(`a list of ${count} items does not fit into it`);
    return count;
  }

  /** What is left, not copied. */
  rest(): Uint8Array {
    const rest = this.#bytes.subarray(this.#at, this.#end);
    this.#at = this.#end;
    return rest;
  }

  #skipOpaque(max: number, what: string): number {
    const length = this.uint32();
    if (length > max) throw protocolError(`a ${what} of ${length} bytes where ${max} are the most`);
    const padded = (length + 3) & ~3;
    if (padded > this.remaining) throw protocolError(`a ${what} of ${length} bytes does not fit into it`);
    this.#at += padded;
    return length;
  }
}

/**
 * Writes XDR items into a buffer that grows; the same writer serves message after message, and may hold
 * several at once.
 */
export class XdrWriter {
  #bytes: Buffer = Buffer.allocUnsafe(1024);
  #at = 0;
  #limit: number;
  /** The end of the buffer or of what the message may take, whichever comes first. */
  #stop: number;
  readonly #max: number;

  /** @param max the bytes of the longest message */
  constructor(max: number) {
    this.#max = max;
    this.#limit = max;
    this.#stop = Math.min(max, this.#bytes.length);
  }

  /** Begins another message behind those that are there, and returns where. */
  begin(): number {
    this.#limit = this.#at + this.#max;
    this.#stop = Math.min(this.#limit, this.#bytes.length);
    return this.#at;
  }

  /** Takes back what was written from there on. */
  truncate(at: number): void {
    this.#at = at;
  }

  /** Forgets all messages. A buffer that a large one made big is given back. */
  reset(): void {
    this.#at = 0;
    if (this.#bytes.length > 1_048_576) this.#bytes = Buffer.allocUnsafe(1024);
  }

  get length(): number {
    return this.#at;
  }

  /** What was written: a view that the next use makes invalid. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Writes an int at a place already passed. */
  int32At(at: number, value: number): void {
    this.#bytes.writeInt32BE(value | 0, at);
  }

  /** @throws HavenError input.invalid when the value is no such integer, or the message becomes too long */
  int32(value: number): void {
    if ((value | 0) !== value) throw argumentError("a 32-bit integer", String(value));
    this.#put32(value);
  }

  uint32(value: number): void {
    if (value >>> 0 !== value) throw argumentError("an unsigned 32-bit integer", String(value));
    this.#put32(value);
  }

  int64(value: number): void {
    if (!Number.isSafeInteger(value)) throw argumentError("an integer below 2^53", String(value));
    const high = Math.floor(value / TWO_32);
    this.#put32(high);
    this.#put32(value - high * TWO_32);
  }

  uint64(value: number): void {
    if (value < 0) throw argumentError("an unsigned integer below 2^53", String(value));
    this.int64(value);
  }

  double(value: number): void {
    this.#need(8);
    this.#bytes.writeDoubleBE(value, this.#at);
    this.#at += 8;
  }

  /** A string; one with a NUL is refused, since the other side would read only its beginning. */
  string(value: string, max: number): void {
    if (value.includes("\0")) throw argumentError("text without a NUL character", JSON.stringify(value));
    // Three bytes are the most that one UTF-16 unit can need.
    const length = value.length * 3 <= max ? -1 : Buffer.byteLength(value);
    if (length > max) throw argumentError(`at the most ${max} bytes of text`, `${length} bytes`);
    this.#need(8 + (length === -1 ? value.length * 3 : length));
    const written = this.#bytes.write(value, this.#at + 4, "utf8");
    this.#put32(written);
    this.#at += written;
    this.#pad(written);
  }

  opaque(value: Uint8Array, max: number): void {
    if (value.length > max) throw argumentError(`at the most ${max} bytes`, `${value.length} bytes`);
    this.#need(8 + value.length);
    this.#put32(value.length);
    this.raw(value);
    this.#pad(value.length);
  }

  /** A UUID of 32 hexadecimal digits, dashes wherever. */
  uuid(value: string): void {
    this.#need(16);
    const hex = value.length === 36 ? value.replaceAll("-", "") : value;
    if (hex.length !== 32 || this.#bytes.write(hex, this.#at, 16, "hex") !== 16) {
      throw argumentError("a UUID", JSON.stringify(value.slice(0, 100)));
    }
    this.#at += 16;
  }

  /** Bytes as they are, without a length and without padding. */
  raw(value: Uint8Array): void {
    this.#need(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** The count in front of a list. */
  count(count: number, max: number): void {
    if (count > max) throw argumentError(`at the most ${max} items`, `${count} items`);
    this.#put32(count);
  }

  #put32(value: number): void {
    if (this.#at + 4 > this.#stop) this.#need(4);
    const at = this.#at;
    const b = this.#bytes;
    b[at] = value >>> 24;
    b[at + 1] = value >>> 16;
    b[at + 2] = value >>> 8;
    b[at + 3] = value;
    this.#at = at + 4;
  }

  #pad(length: number): void {
    for (let i = length; (i & 3) !== 0; i++) {
      this.#bytes[this.#at] = 0;
      this.#at += 1;
    }
  }

  #need(more: number): void {
    const needed = this.#at + more;
    if (needed > this.#limit)
      throw argumentError(`a message of at the most ${this.#max} bytes`, "a longer one");
    if (needed <= this.#bytes.length) return;
    const bigger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    bigger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = bigger;
    this.#stop = Math.min(this.#limit, bigger.length);
  }
}

/** The same memory as a Buffer, whose methods for text are native. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A copy. (`slice` of a Buffer is none: it shares the memory.) */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
