/** IPv4 addresses from the first to the last one, as numbers of 32 bits. */
export interface Ipv4Range {
  readonly first: number;
  readonly last: number;
  /** The first and the last one are the subnet's own, and no host's. */
  readonly isSubnet: boolean;
}

/** The number of an IPv4 address; undefined for a text that is none. */
export function ipv4Number(text: string): number | undefined {
  const bytes = text.split(".");
  if (bytes.length !== 4 || !bytes.every((byte) => /^(0|[1-9]\d{0,2})$/.test(byte) && Number(byte) < 256)) {
    return undefined;
  }
  return bytes.reduce((sum, byte) => sum * 256 + Number(byte), 0);
}

/**
 * The addresses that a text names: a subnet (192.168.4.0/24), from one to another (192.168.4.10-192.168.4.99), or
 * one alone; undefined for anything else, a subnet whose address has bits behind its prefix among it.
 */
export function ipv4Range(text: string): Ipv4Range | undefined {
  const [start = "", ...rest] = text.split(/([/-])/);
  const first = ipv4Number(start);
  if (first === undefined || (rest.length !== 0 && rest.length !== 2)) return undefined;
  const [kind, end = ""] = rest;
  if (kind === undefined) return { first, last: first, isSubnet: false };
  if (kind === "-") {
    const last = ipv4Number(end);
    return last === undefined || last < first ? undefined : { first, last, isSubnet: false };
  }
  if (!/^([1-9]|[12]\d|3[0-2])$/.test(end)) return undefined;
  const size = 2 ** (32 - Number(end));
  // Of a link between two hosts (RFC 3021), and of one host, every address is a host's.
  return first % size === 0 ? { first, last: first + size - 1, isSubnet: size > 2 } : undefined;
}

/** Whether a host may have that address of the range. */
export function isHostOf({ first, last, isSubnet }: Ipv4Range, address: number): boolean {
  return isSubnet ? address > first && address < last : address >= first && address <= last;
}
