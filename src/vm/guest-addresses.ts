import { ipv4Number } from "../contract/ipv4-range.ts";
import { ipv6Prefix } from "../contract/ipv6-prefix.ts";
import type { ZoneSettings } from "../contract/settings.ts";

/**
 * The addresses that follow from a guest's IPv4 address, as HAVC-II (Idiap) has them: MAC 02:00 and the address's
 * four bytes, the UUID's last group the MAC, IPv6 the zone's prefix, its VLAN written in decimal, and the modified
 * EUI-64 of the MAC (RFC 4291, appendix A).
 */

/** `02:00:c0:a8:04:05` for 192.168.4.5. */
export function macOfIpv4(ipv4: string): string {
  const number = ipv4Number(ipv4) ?? 0;
  const bytes = [24, 16, 8, 0].map((shift) => (number / 2 ** shift) & 0xff);
  return [2, 0, ...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** A UUID whose last group is a MAC address. */
export function uuidWithMac(uuid: string, mac: string): string {
  return [...uuid.split("-").slice(0, 4), mac.replaceAll(":", "")].join("-");
}

/**
 * `2001:620:7a3:4::c0ff:fea8:405` for a card 02:00:c0:a8:04:05 in VLAN 4 of 2001:620:7a3::/48; a prefix of 64 bits
 * stands for itself. Undefined for a zone without a prefix.
 */
export function ipv6OfMac(mac: string, zone: Pick<ZoneSettings, "ipv6-prefix" | "vlan">): string | undefined {
  const prefix = ipv6Prefix(zone["ipv6-prefix"] ?? "")?.groups;
  if (prefix === undefined) return undefined;
  // In decimal: VLAN 150 is the group that reads 150.
  const vlan = prefix.length === 4 ? [] : [Number.parseInt(String(zone.vlan ?? 0), 16)];
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(":").map((byte) => Number.parseInt(byte, 16));
  const card = [(a ^ 2) * 256 + b, c * 256 + 0xff, 0xfe00 + d, e * 256 + f];
  const zeros = Array.from({ length: 8 - prefix.length - vlan.length - card.length }, () => 0);
  return addressText([...prefix, ...vlan, ...zeros, ...card]);
}

/** With the longest row of zeros left out, also of one: as HAVC-II writes it. */
function addressText(groups: readonly number[]): string {
  const text = groups.map((group) => group.toString(16));
  const rows = text.map((_, at) => {
    const length = text.slice(at).findIndex((group) => group !== "0");
    return { at, length: length === -1 ? text.length - at : length };
  });
  const longest = rows.reduce((best, row) => (row.length > best.length ? row : best));
  if (longest.length === 0) return text.join(":");
  const end = text.slice(longest.at + longest.length);
  return `${text.slice(0, longest.at).join(":")}::${end.join(":")}`;
}
