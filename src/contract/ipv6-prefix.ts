/** The groups (16 bits each) of an IPv6 prefix of whole groups. */
export interface Ipv6Prefix {
  readonly groups: readonly number[];
}

/** Reads an IPv6 prefix such as 2001:db8:7a3::/48; undefined for a text that is none, or not of whole groups. */
export function ipv6Prefix(text: string): Ipv6Prefix | undefined {
  const [address = "", length = "", ...rest] = text.split("/");
  if (rest.length > 0 || !/^(16|32|48|64)$/.test(length)) return undefined;
  const groups = ipv6Groups(address);
  const count = Number(length) / 16;
  if (groups === undefined || groups.slice(count).some((group) => group !== 0)) return undefined;
  return { groups: groups.slice(0, count) };
}

/** The eight groups of an IPv6 address, written without an IPv4 address in it; undefined for a text that is none. */
function ipv6Groups(text: string): readonly number[] | undefined {
  const [before, after, ...rest] = text.split("::").map((part) => (part === "" ? [] : part.split(":")));
  if (before === undefined || rest.length > 0) return undefined;
  const given = [...before, ...(after ?? [])];
  if (!given.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  if (after === undefined ? given.length !== 8 : given.length > 7) return undefined;
  const zeros = Array.from({ length: 8 - given.length }, () => "0");
  return [...before, ...zeros, ...(after ?? [])].map((group) => Number.parseInt(group, 16));
}
