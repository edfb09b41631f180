import { describe, expect, test } from "bun:test";
import type { Settings } from "../contract/settings.ts";
import type { NetworkSpec } from "../contract/vm-spec.ts";
import { type FoundAddresses, namesToLookUp, zoneNetworks } from "./zone-networks.ts";

const settings: Settings = {
  zones: {
    intranet: { bridge: "br0", vlan: 4, ipv4: ["192.168.4.0/24"], "io-weight": 700 },
    dmz: { ovs: "ovs0", vlan: 5, ipv4: ["192.168.5.10-192.168.5.99"], "io-weight": 500 },
    open: { bridge: "br9" },
  },
};
const hosts: FoundAddresses = new Map<string, readonly string[] | string>([
  ["mail.example.org", ["192.168.4.5"]],
  ["two.example.org", ["10.0.0.1", "192.168.5.20", "192.168.4.9"]],
  ["far.example.org", ["10.0.0.1"]],
  ["none.example.org", "none.example.org is not known to this node's resolver"],
]);

const zoned = (...networks: NetworkSpec[]) =>
  zoneNetworks({ name: "a", memory: 1, networks }, settings, hosts);

/** What one network becomes. */
const one = (network: NetworkSpec) => {
  const { value, inherited, problems } = zoned(network);
  return { network: value.networks?.[0], inherited, problems: problems.map(({ what }) => what) };
};

describe("a network", () => {
  test("from a host name has its address, and the zone of that", () => {
    expect(one({ dns: "mail.example.org" })).toEqual({
      network: { dns: "mail.example.org", ipv4: "192.168.4.5", zone: "intranet", bridge: "br0" },
      inherited: ["networks/0/zone", "networks/0/bridge", "io-weight"],
      problems: [],
    });
  });

  test("from a name with several addresses has the first that fits", () => {
    expect(one({ dns: "two.example.org" }).network).toMatchObject({ ipv4: "192.168.5.20", zone: "dmz" });
    expect(one({ dns: "two.example.org", zone: "intranet" }).network).toMatchObject({ ipv4: "192.168.4.9" });
  });

  test("of a zone has its bridge, and for Open vSwitch its VLAN", () => {
    expect(one({ zone: "dmz" })).toEqual({
      network: { zone: "dmz", ovs: "ovs0", vlan: 5 },
      inherited: ["networks/0/ovs", "networks/0/vlan", "io-weight"],
      problems: [],
    });
    expect(one({ zone: "open", ipv4: "10.9.9.9" }).problems).toEqual([]);
  });

  test("with a bridge of its own needs no zone for its address", () => {
    expect(one({ bridge: "br7", ipv4: "10.1.2.3" })).toEqual({
      network: { bridge: "br7", ipv4: "10.1.2.3" },
      inherited: [],
      problems: [],
    });
    expect(one({ bridge: "br7", dns: "far.example.org" }).network).toMatchObject({ ipv4: "10.0.0.1" });
  });

  test.each([
    [
      { zone: "intranett" },
      ["networks", 0, "zone"],
      "one of the cluster's zones intranet, dmz, open, found intranett (did you mean intranet?)",
    ],
    [
      { ipv4: "10.0.0.1" },
      ["networks", 0, "ipv4"],
      "an address of one of the cluster's zones (intranet 192.168.4.0/24, dmz 192.168.5.10-192.168.5.99), found 10.0.0.1",
    ],
    [{ dns: "far.example.org" }, ["networks", 0, "dns"], "found 10.0.0.1, which is far.example.org"],
    [
      { dns: "none.example.org" },
      ["networks", 0, "dns"],
      "a host name with an IPv4 address, but none.example.org is not known",
    ],
    [
      { zone: "dmz", ipv4: "192.168.4.5" },
      ["networks", 0, "ipv4"],
      "an address of zone dmz (192.168.5.10-192.168.5.99), found 192.168.4.5",
    ],
    [
      { zone: "dmz", dns: "mail.example.org" },
      ["networks", 0, "dns"],
      "found 192.168.4.5, which is mail.example.org",
    ],
    [
      { ipv4: "192.168.4.255" },
      ["networks", 0, "ipv4"],
      "the address of a host in zone intranet, found 192.168.4.255: a subnet's first and last",
    ],
  ])("%j is refused", (network, path, what) => {
    const [problem, ...more] = zoned(network).problems;
    expect(more).toEqual([]);
    expect(problem?.path).toEqual(path);
    expect(problem?.what).toContain(what);
  });
});

test("a VM's own weight stands above its zone's, and the first zone's above others'", () => {
  expect(zoned({ bridge: "b" }, { zone: "dmz" }, { zone: "intranet" }).value["io-weight"]).toBe(500);
  const own = zoneNetworks(
    { name: "a", memory: 1, "io-weight": 100, networks: [{ zone: "dmz" }] },
    settings,
    hosts,
  );
  expect(own.value["io-weight"]).toBe(100);
  expect(own.inherited).not.toContain("io-weight");
});

test("a name is looked up where its address is not there yet", () => {
  const networks = [{ dns: "a.b" }, { dns: "c.d", ipv4: "10.0.0.1" }, { bridge: "br0" }];
  expect(namesToLookUp({ name: "a", memory: 1, networks })).toEqual(["a.b"]);
});
