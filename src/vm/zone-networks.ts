import { nearest } from "../base/nearest.ts";
import { ipv4Number, ipv4Range, isHostOf } from "../contract/ipv4-range.ts";
import type { Settings, ZoneSettings } from "../contract/settings.ts";
import type { NetworkSpec, VmSpec } from "../contract/vm-spec.ts";
import { ipv6OfMac } from "./guest-addresses.ts";
import type { Inheriting } from "./inherit.ts";
import type { ResolvedSpec } from "./resolve-spec.ts";

/** What is wrong with a network: where, and what is expected and found there. */
export interface NetworkProblem {
  readonly path: readonly PropertyKey[];
  readonly what: string;
}

/** The IPv4 addresses of host names, or why there are none. */
export type FoundAddresses = ReadonlyMap<string, readonly string[] | string>;

/** A specification whose networks have what their zones give. */
export interface Zoned extends Inheriting<VmSpec> {
  readonly problems: readonly NetworkProblem[];
}

type Zones = ReadonlyMap<string, ZoneSettings>;

/**
 * Gives networks the addresses of their host names, their zones, and what these have: bridge and VLAN; and the VM
 * the I/O weight of its first zone, unless it has one.
 *
 * @param spec With what was chosen before, see `keepIdentity`
 */
export function zoneNetworks(spec: VmSpec, settings: Settings, addresses: FoundAddresses): Zoned {
  const zones: Zones = new Map(Object.entries(settings.zones ?? {}));
  const found = (spec.networks ?? []).map((network) => oneNetwork(network, zones, addresses));
  const problems = found.flatMap((one, i) =>
    one.problems.map(({ path, what }) => ({ path: ["networks", i, ...path], what })),
  );
  const inherited = found.flatMap((one, i) => one.inherited.map((path) => `networks/${i}/${path}`));
  const value = spec.networks === undefined ? spec : { ...spec, networks: found.map((one) => one.value) };
  const weight = zones.get(found.find((one) => one.value.zone !== undefined)?.value.zone ?? "")?.[
    "io-weight"
  ];
  if (weight === undefined || spec["io-weight"] !== undefined) return { value, inherited, problems };
  return { value: { ...value, "io-weight": weight }, inherited: [...inherited, "io-weight"], problems };
}

/** The names that networks have to be looked up by: those that have no address yet. */
export function namesToLookUp({ networks = [] }: VmSpec): readonly string[] {
  return networks.flatMap(({ dns, ipv4 }) => (dns === undefined || ipv4 !== undefined ? [] : [dns]));
}

/** Adds the IPv6 addresses that zones give, once the cards' own addresses stand. */
export function zoneIpv6(spec: ResolvedSpec, settings: Settings): Inheriting<ResolvedSpec> {
  const inherited: string[] = [];
  const networks = spec.networks?.map((network, i) => {
    const zone = settings.zones?.[network.zone ?? ""];
    const ipv6 = zone === undefined ? undefined : ipv6OfMac(network.mac, zone);
    if (ipv6 === undefined || network.ipv6 !== undefined) return network;
    inherited.push(`networks/${i}/ipv6`);
    return { ...network, ipv6 };
  });
  return { value: networks === undefined ? spec : { ...spec, networks }, inherited };
}

interface OneNetwork extends Inheriting<NetworkSpec> {
  readonly problems: readonly NetworkProblem[];
}

function oneNetwork(network: NetworkSpec, zones: Zones, addresses: FoundAddresses): OneNetwork {
  const own = network.bridge ?? network.ovs;
  const looked = network.dns === undefined || network.ipv4 !== undefined ? [] : addresses.get(network.dns);
  if (typeof looked === "string" || looked === undefined) {
    const what = `expected a host name with an IPv4 address, but ${looked ?? `${network.dns} was not looked up`}`;
    return { value: network, inherited: [], problems: [{ path: ["dns"], what }] };
  }
  const ipv4 = network.ipv4 ?? firstFitting(looked, network.zone, zones);
  const placed = ipv4 === undefined ? network : { ...network, ipv4 };
  const at = network.ipv4 === undefined ? "dns" : "ipv4";
  if (own !== undefined || (network.zone ?? ipv4) === undefined)
    return { value: placed, inherited: [], problems: [] };
  const name = network.zone ?? zoneOf(ipv4 ?? "", zones);
  const zone = zones.get(name ?? "");
  if (zone === undefined || name === undefined) {
    const what =
      network.zone === undefined ? noZone(ipv4 ?? "", network.dns, zones) : noSuchZone(network.zone, zones);
    return {
      value: placed,
      inherited: [],
      problems: [{ path: [network.zone === undefined ? at : "zone"], what }],
    };
  }
  const problem = ipv4 === undefined ? undefined : outside(ipv4, name, zone, network.dns);
  const { bridge, ovs } = zone;
  // The VLAN of a Linux bridge is the bridge's business.
  const vlan = ovs === undefined ? undefined : zone.vlan;
  const given = { ...(network.zone === undefined ? { zone: name } : {}), bridge, ovs, vlan };
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return {
    value: { ...placed, ...Object.fromEntries(set) },
    inherited: set.map(([field]) => field),
    problems: problem === undefined ? [] : [{ path: [at], what: problem }],
  };
}

/** Of a name's addresses the first that a zone has, that zone where one is named; else the first. */
function firstFitting(
  addresses: readonly string[],
  zone: string | undefined,
  zones: Zones,
): string | undefined {
  const fits = (address: string): boolean => {
    const found = zoneOf(address, zones);
    return found !== undefined && (zone === undefined || found === zone);
  };
  return addresses.find(fits) ?? addresses[0];
}

/** The zone whose addresses an address is one of. */
function zoneOf(address: string, zones: Zones): string | undefined {
  return [...zones].find(([, zone]) => rangeWith(address, zone) !== undefined)?.[0];
}

function rangeWith(address: string, { ipv4 = [] }: ZoneSettings) {
  const number = ipv4Number(address) ?? -1;
  const ranges = ipv4.map(ipv4Range).filter((range) => range !== undefined);
  return ranges.find(({ first, last }) => number >= first && number <= last);
}

/** Why a guest of a zone cannot have that address; undefined where it can. */
export function outside(
  address: string,
  name: string,
  zone: ZoneSettings,
  host?: string,
): string | undefined {
  if (zone.ipv4 === undefined || zone.ipv4.length === 0) return undefined;
  const range = rangeWith(address, zone);
  const found = `found ${address}${host === undefined ? "" : `, which is ${host}`}`;
  if (range === undefined) return `expected an address of zone ${name} (${zone.ipv4.join(", ")}), ${found}`;
  if (isHostOf(range, ipv4Number(address) ?? -1)) return undefined;
  return `expected the address of a host in zone ${name}, ${found}: a subnet's first and last address are its own`;
}

function noZone(address: string, host: string | undefined, zones: Zones): string {
  const ranges = [...zones].flatMap(([name, { ipv4 = [] }]) => ipv4.map((range) => `${name} ${range}`));
  const known = ranges.length === 0 ? "which have none: haven settings edit" : ranges.join(", ");
  const found = host === undefined ? address : `${address}, which is ${host}`;
  return `expected an address of one of the cluster's zones (${known}), found ${found}`;
}

function noSuchZone(name: string, zones: Zones): string {
  const known = [...zones.keys()];
  const like = nearest(name, known);
  if (known.length === 0)
    return `expected a zone of the cluster's settings, found ${name}, and they have none: haven settings edit`;
  const hint = like === undefined ? "" : ` (did you mean ${like}?)`;
  return `expected one of the cluster's zones ${known.join(", ")}, found ${name}${hint}`;
}
