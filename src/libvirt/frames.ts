import { asBuffer, protocolError, type XdrReader, type XdrWriter } from "./xdr.ts";

/**
 * libvirt's packets: a length (which counts itself), a header of six ints, a payload.
 * Source: libvirt 11.3, src/rpc/virnetprotocol.x; docs/kbase/internals/rpc.rst.
 */

/** VIR_NET_MESSAGE_MAX: header and payload. */
export const MESSAGE_MAX = 33_554_432;
/** VIR_NET_MESSAGE_LEN_MAX: the length in front, not counted in MESSAGE_MAX. */
export const LENGTH_SIZE = 4;
/** VIR_NET_MESSAGE_HEADER_MAX. */
const HEADER_SIZE = 24;
/** VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX: the most that a stream's packet carries. */
export const STREAM_PAYLOAD_MAX = 262_120;

/** virNetMessageType. */
export const messageType = {
  call: 0,
  reply: 1,
  message: 2,
  stream: 3,
  callWithFds: 4,
  replyWithFds: 5,
  streamHole: 6,
} as const;

/** virNetMessageStatus. */
export const messageStatus = { ok: 0, error: 1, continue: 2 } as const;

/** virNetMessageHeader. */
export interface Header {
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly type: number;
  readonly serial: number;
  readonly status: number;
}

/** Reads a packet's header; type and status are checked. @throws HavenError libvirt.protocol */
export function readHeader(reader: XdrReader): Header {
  const header: Header = {
    program: reader.uint32(),
    version: reader.uint32(),
    procedure: reader.int32(),
    type: reader.int32(),
    serial: reader.uint32(),
    status: reader.int32(),
  };
  if (header.type < messageType.call || header.type > messageType.streamHole) {
    throw protocolError(`a packet of the unknown type ${header.type}`);
  }
  if (header.status < messageStatus.ok || header.status > messageStatus.continue) {
    throw protocolError(`a packet with the unknown status ${header.status}`);
  }
  return header;
}

/** Begins a packet; `endPacket` with what it returns fills in the length. */
export function beginPacket(writer: XdrWriter, header: Header): number {
  const start = writer.begin();
  writer.int32(0);
  writer.uint32(header.program);
  writer.uint32(header.version);
  writer.int32(header.procedure);
  writer.int32(header.type);
  writer.uint32(header.serial);
  writer.int32(header.status);
  return start;
}

/** Ends the packet that began there. */
export function endPacket(writer: XdrWriter, start: number): void {
  writer.int32At(start, writer.length - start);
}

/** Called for each packet: the buffer, and where header and payload begin and end in it. False stops. */
type OnPacket = (bytes: Buffer, start: number, end: number) => boolean;

/**
 * Cuts what arrives into packets. A packet that came in one piece is not copied. One that did not is collected
 * in a buffer that grows with what has arrived, never to what its length promises.
 */
export class FrameReader {
  #partial: Buffer | undefined;
  #have = 0;

  /** How many bytes wait for the rest of their packet. */
  get waiting(): number {
    return this.#have;
  }

  /** @throws HavenError libvirt.protocol for a length that no packet can have */
  push(chunk: Uint8Array, onPacket: OnPacket): void {
    if (this.#have > 0) {
      this.#collect(chunk);
      if (this.#partial === undefined || this.#have < packetLength(this.#partial, 0, this.#have)) return;
    }
    const bytes = this.#partial?.subarray(0, this.#have) ?? asBuffer(chunk);
    this.#partial = undefined;
    this.#have = 0;
    let at = 0;
    while (at < bytes.length) {
      const length = packetLength(bytes, at, bytes.length);
      if (at + length > bytes.length) break;
      if (!onPacket(bytes, at + LENGTH_SIZE, at + length)) return;
      at += length;
    }
    if (at < bytes.length) this.#collect(bytes.subarray(at));
  }

  #collect(chunk: Uint8Array): void {
    const needed = this.#have + chunk.length;
    if (this.#partial === undefined || needed > this.#partial.length) {
      const bigger = Buffer.allocUnsafe(Math.max(needed, this.#have * 2, 1024));
      if (this.#partial !== undefined) bigger.set(this.#partial.subarray(0, this.#have));
      this.#partial = bigger;
    }
    this.#partial.set(chunk, this.#have);
    this.#have = needed;
  }
}

/** The length of the packet that begins there; infinity when that cannot be read yet. */
function packetLength(bytes: Buffer, at: number, end: number): number {
  if (end - at < LENGTH_SIZE) return Number.POSITIVE_INFINITY;
  const length = bytes.readUInt32BE(at);
  if (length < LENGTH_SIZE + HEADER_SIZE || length > LENGTH_SIZE + MESSAGE_MAX) {
    throw protocolError(`a packet of ${length} bytes`);
  }
  return length;
}
