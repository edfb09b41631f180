import { describe, expect, test } from "bun:test";
import { ipv6OfMac, macOfIpv4, uuidWithMac } from "./guest-addresses.ts";

const prefix = "2001:620:7a3::/48";

/** What HAVC-II's script printed: `printf '2001:620:7a3:%d::%xff:fe%02x:%x%.2x' VLAN A B C D`. */
function havc(vlan: number, ipv4: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split(".").map(Number);
  const two = (byte: number): string => byte.toString(16).padStart(2, "0");
  return `2001:620:7a3:${vlan}::${a.toString(16)}ff:fe${two(b)}:${c.toString(16)}${two(d)}`;
}

describe("the addresses that follow from an IPv4 address", () => {
  test.each([
    ["192.168.4.5", 4, "02:00:c0:a8:04:05", "2001:620:7a3:4::c0ff:fea8:405"],
    ["192.168.5.200", 5, "02:00:c0:a8:05:c8", "2001:620:7a3:5::c0ff:fea8:5c8"],
    ["192.168.6.17", 6, "02:00:c0:a8:06:11", "2001:620:7a3:6::c0ff:fea8:611"],
    // Bytes of one digit have two, which the script's second one had not.
    ["10.1.2.3", 150, "02:00:0a:01:02:03", "2001:620:7a3:150::aff:fe01:203"],
    ["172.16.255.9", 4094, "02:00:ac:10:ff:09", "2001:620:7a3:4094::acff:fe10:ff09"],
  ])("%s in VLAN %d", (ipv4, vlan, mac, ipv6) => {
    expect(macOfIpv4(ipv4)).toBe(mac);
    expect(ipv6OfMac(mac, { "ipv6-prefix": prefix, vlan })).toBe(ipv6);
    expect(havc(vlan, ipv4)).toBe(ipv6);
  });

  test("the UUID ends in the card's address", () => {
    const random = "7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f";
    expect(uuidWithMac(random, macOfIpv4("192.168.4.5"))).toBe("7f5a2a4e-0b5c-4c6a-9d1e-0200c0a80405");
  });

  test("other cards, other prefixes", () => {
    // RFC 4291, appendix A: the universal/local bit is turned over.
    const mac = "52:54:00:12:34:56";
    expect(ipv6OfMac(mac, { "ipv6-prefix": prefix, vlan: 7 })).toBe("2001:620:7a3:7:5054:ff:fe12:3456");
    expect(ipv6OfMac(mac, { "ipv6-prefix": "2001:db8:0:1::/64" })).toBe("2001:db8::1:5054:ff:fe12:3456");
    expect(ipv6OfMac(mac, { "ipv6-prefix": "fd00::/16", vlan: 10 })).toBe("fd00:10::5054:ff:fe12:3456");
    expect(ipv6OfMac(mac, {})).toBeUndefined();
  });
});
