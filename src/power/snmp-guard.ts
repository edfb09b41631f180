import type { Socket, SocketType } from "node:dgram";
import { filteredSocket } from "./filtered-socket.ts";

/** What may be believed of a datagram before it is decoded. */
export interface GuardOptions {
  /** Addresses the device answers from. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** The security every answer but a report must carry (SNMP v3). */
  readonly level: "none" | "auth" | "priv";
  /** Told of each datagram that was dropped, and why. */
  readonly onDrop: (why: string) => void;
}

const reportPdu = 0xa8;

/**
 * A stand-in for node:dgram whose sockets drop what the device cannot have sent: datagrams of another address or
 * port, and, for SNMP v3, answers without the authentication or encryption that was agreed. net-snmp 3.29 takes
 * an answer by its message number alone, and checks a signature only where the answer says that it has one.
 */
export function guardedDgram(options: GuardOptions): { createSocket(type: SocketType): Socket } {
  return {
    createSocket: (type) =>
      filteredSocket(type, (datagram, from) => {
        const why = objection(datagram, from, options);
        if (why !== undefined) options.onDrop(why);
        return why === undefined;
      }),
  };
}

function objection(
  datagram: Buffer,
  from: { readonly address: string; readonly port: number },
  options: GuardOptions,
): string | undefined {
  if (!options.addresses.includes(from.address) || from.port !== options.port) {
    return `a datagram from ${from.address} port ${from.port}`;
  }
  const security = securityOf(datagram);
  if (security === undefined) return "a datagram that is not SNMP";
  if (options.level === "none" || security.version !== 3) return undefined;
  const wanted = options.level === "priv" ? 3 : 1;
  if ((security.flags & wanted) === wanted || security.pduType === reportPdu) return undefined;
  return "an answer without the agreed authentication or encryption";
}

interface Security {
  readonly version: number;
  /** Bit 0: authenticated, bit 1: encrypted. */
  readonly flags: number;
  /** The type of the PDU where it is not encrypted. */
  readonly pduType: number | undefined;
}

/**
 * Reads version, flags and PDU type of an SNMP message (RFC 3412 section 6, RFC 1901); undefined when the
 * datagram is not one.
 */
export function securityOf(datagram: Buffer): Security | undefined {
  const outer = element(datagram, 0, datagram.length);
  if (outer === undefined || outer.tag !== 0x30) return undefined;
  const version = element(datagram, outer.start, outer.end);
  if (version === undefined || version.tag !== 2 || version.end - version.start !== 1) return undefined;
  const number = datagram[version.start];
  if (number === 0 || number === 1) return { version: number, flags: 0, pduType: undefined };
  if (number !== 3) return undefined;
  const header = element(datagram, version.end, outer.end);
  if (header === undefined || header.tag !== 0x30) return undefined;
  const flags = nth(datagram, header, 2);
  if (flags === undefined || flags.tag !== 4 || flags.end - flags.start !== 1) return undefined;
  const parameters = element(datagram, header.end, outer.end);
  const scoped = parameters === undefined ? undefined : element(datagram, parameters.end, outer.end);
  if (scoped === undefined) return undefined;
  const pdu = scoped.tag === 0x30 ? nth(datagram, scoped, 2) : undefined;
  return { version: 3, flags: datagram[flags.start] ?? 0, pduType: pdu?.tag };
}

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** The BER element at `at`; undefined when it does not fit before `limit`. */
function element(data: Buffer, at: number, limit: number): Element | undefined {
  const tag = data[at];
  const first = data[at + 1];
  if (tag === undefined || first === undefined || at + 2 > limit) return undefined;
  let start = at + 2;
  let length = first;
  if (first >= 0x80) {
    const bytes = first & 0x7f;
    if (bytes === 0 || bytes > 3 || start + bytes > limit) return undefined;
    length = 0;
    for (let i = 0; i < bytes; i++) length = length * 256 + (data[start + i] ?? 0);
    start += bytes;
  }
  return start + length > limit ? undefined : { tag, start, end: start + length };
}

function nth(data: Buffer, parent: Element, index: number): Element | undefined {
  let at = parent.start;
  for (let i = 0; ; i++) {
    const found = element(data, at, parent.end);
    if (found === undefined || i === index) return found;
    at = found.end;
  }
}
