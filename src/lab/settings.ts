import { createHash } from "node:crypto";
import { HavenError } from "../base/errors.ts";

export type LabImage = "debian12" | "debian13";

/** What makes one lab differ from another. */
export interface LabSettings {
  /** Several labs can be up at once, each with a name of its own. */
  readonly name: string;
  /** How many nodes; they are called node1, node2, … unless `nodeNames` says otherwise. */
  readonly nodes: number;
  /** What the nodes are called, where they stand for a real cluster's. */
  readonly nodeNames?: readonly string[];
  /** Whether there is a machine beside the nodes that holds a third vote (corosync-qnetd), and is no member. */
  readonly witness: boolean;
  /** IPv4 network in CIDR form, /16 to /24. */
  readonly subnet: string;
  readonly image: LabImage;
  /** Where all that the lab keeps is; taken away with it. */
  readonly dir: string;
  /**
   * Seconds after which a node is reset that has opened its /dev/watchdog and does not feed it; 0: nodes have none. With
   * watchdogs they share a small disk too.
   */
  readonly watchdog: number;
  /** What the names of its network interfaces begin with. */
  readonly prefix: string;
}

/** What a user may say about a lab; the rest follows from it. */
export type LabChoice = {
  readonly [K in Exclude<keyof LabSettings, "prefix">]?: LabSettings[K] | undefined;
};

export const maximumNodes = 32;
export const defaultName = "haven";

/**
 * Settings from what the user chose. Defaults: name haven, 3 nodes, no witness, debian13, /var/lib/haven-lab/NAME and a
 * subnet within 10.123.0.0/16 that follows from the name (where that one is taken, `Lab.up` chooses another).
 *
 * @throws HavenError input.invalid
 */
export function labSettings(choice: LabChoice): LabSettings {
  const name = choice.name ?? defaultName;
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) {
    throw invalid("--name", name, "a lower-case letter, then up to 30 lower-case letters, digits or hyphens");
  }
  const nodes = choice.nodes ?? 3;
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > maximumNodes) {
    throw invalid("--nodes", String(nodes), `a number from 1 to ${maximumNodes}`);
  }
  const image = choice.image ?? "debian13";
  if (image !== "debian13" && image !== "debian12") {
    throw invalid("--image", String(image), "debian13 or debian12");
  }
  const dir = choice.dir ?? `/var/lib/haven-lab/${name}`;
  // It becomes part of mount options, where a comma or a colon means something.
  if (!/^\/[A-Za-z0-9._/-]+$/.test(dir) || dir.split("/").includes("..")) {
    throw invalid("--dir", dir, "an absolute path of letters, digits, dots, hyphens and underscores");
  }
  const subnet = choice.subnet ?? defaultSubnet(name);
  parseSubnet(subnet);
  const watchdog = choice.watchdog ?? 0;
  if (!Number.isInteger(watchdog) || watchdog < 0 || watchdog > 600) {
    throw invalid("--watchdog", String(watchdog), "seconds from 1 to 600, or 0 for none");
  }
  const witness = choice.witness === true;
  const prefix = interfacePrefix(name);
  const { nodeNames } = choice;
  if (nodeNames !== undefined) checkNodeNames(nodeNames, nodes);
  const named = nodeNames === undefined ? {} : { nodeNames };
  return { name, nodes, witness, image, dir: dir.replace(/\/+$/, ""), subnet, watchdog, prefix, ...named };
}

function checkNodeNames(names: readonly string[], count: number): void {
  const wrong = names.find((name) => !canBeNodeName(name));
  if (wrong !== undefined)
    throw invalid("The name of a node", wrong, "a host's name that means nothing else");
  if (names.length !== count || new Set(names).size !== count) {
    throw invalid("The names of the nodes", names.join(", "), `${count} different ones`);
  }
}

/** Names of a lab's own machines and devices, as its commands know them. */
const ownNames = /^(witness|gateway|host|targets|ping-target|localhost|(chassis|pdu)\d+|bmc-.*)$/;

/** Whether a lab's node can be called so: a host's name, and of nothing else in a lab. */
export function canBeNodeName(name: string): boolean {
  return (
    /^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/.test(name) &&
    !name.includes("..") &&
    !ownNames.test(name)
  );
}

function invalid(where: string, found: string, expected: string): HavenError {
  return new HavenError("input.invalid", { where, found, expected });
}

function hashBytes(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function defaultSubnet(name: string): string {
  return name === defaultName ? "10.123.45.0/24" : `10.123.${46 + ((hashBytes(name)[0] ?? 0) % 200)}.0/24`;
}

/**
 * Where a lab can be whose user has not said where: the subnet that follows from its name, then its neighbours, then
 * some that are far away, should this machine itself be in 10.123.0.0/16.
 */
export function subnetsToTry({ name }: Pick<LabSettings, "name">): readonly string[] {
  const first = defaultSubnet(name);
  const third = Number(first.split(".")[2]);
  const next = Array.from({ length: 8 }, (_, i) => `10.123.${46 + ((third - 46 + 200 + i + 1) % 200)}.0/24`);
  return [first, ...next, "10.211.7.0/24", "10.212.7.0/24", "10.213.7.0/24"];
}

/** Interface names have 15 characters at the most: "hl", up to 8 for the lab, "n" and the node's number. */
function interfacePrefix(name: string): string {
  return `hl${name.length <= 8 ? name : name.slice(0, 3) + hashBytes(name).toString("hex").slice(0, 5)}`;
}

export interface Subnet {
  /** The network's address as a number. */
  readonly base: number;
  readonly bits: number;
}

/**
 * Reads "10.123.45.0/24".
 *
 * @throws HavenError input.invalid when it is no IPv4 network from /16 to /24
 */
export function parseSubnet(text: string): Subnet {
  const expected = "an IPv4 network from /16 to /24 whose host part is zero, such as 10.123.45.0/24";
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (match === null) throw invalid("--subnet", text, expected);
  const bytes = match.slice(1, 5).map(Number);
  const bits = Number(match[5]);
  const base = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const size = 2 ** (32 - bits);
  if (bytes.some((byte) => byte > 255) || bits < 16 || bits > 24 || base % size !== 0) {
    throw invalid("--subnet", text, expected);
  }
  return { base, bits };
}

/** True when two networks share an address. */
export function overlap(a: Subnet, b: Subnet): boolean {
  const size = 2 ** (32 - Math.min(a.bits, b.bits));
  return Math.floor(a.base / size) === Math.floor(b.base / size);
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/** The addresses of a lab. All but the nodes' are the host's own, on the bridge. */
export interface LabAddresses {
  readonly bits: number;
  /** The bridge itself: the nodes' gateway, and the first ping target. */
  readonly gateway: string;
  /** The second ping target. */
  readonly pingTarget: string;
  /** Management modules: a BladeCenter AMM and a Flex System CMM. */
  readonly amm: string;
  readonly cmm: string;
  /** A power distribution unit. */
  readonly pdu: string;
}

/** Addresses of everything but the nodes. */
export function labAddresses(settings: LabSettings): LabAddresses {
  const { base, bits } = parseSubnet(settings.subnet);
  const at = (host: number): string => dotted(base + host);
  return { bits, gateway: at(1), pingTarget: at(2), amm: at(250), cmm: at(251), pdu: at(252) };
}

/** One node: its name, and what follows from it. */
export interface LabNode {
  readonly name: string;
  /** 1, 2, …; 0 is the witness. */
  readonly number: number;
  readonly address: string;
  readonly mac: string;
  /** The address of its management controller, on the bridge. */
  readonly bmc: string;
  /** The host's end of its link. */
  readonly link: string;
  readonly linkMac: string;
  readonly dir: string;
}

/** The lab's nodes: what its cluster is made of. */
export function labNodes(settings: LabSettings): readonly LabNode[] {
  return Array.from({ length: settings.nodes }, (_, index) =>
    machine(settings, settings.nodeNames?.[index] ?? `node${index + 1}`, index + 1),
  );
}

/** The machine with the third vote, in a lab that has one. It has power and a link as nodes have, and no fence device. */
export function labWitness(settings: LabSettings): LabNode | undefined {
  return settings.witness ? machine(settings, "witness", 0) : undefined;
}

/** All that boots: the nodes, and the witness where there is one. */
export function labMachines(settings: LabSettings): readonly LabNode[] {
  const witness = labWitness(settings);
  return witness === undefined ? labNodes(settings) : [...labNodes(settings), witness];
}

function machine(settings: LabSettings, name: string, number: number): LabNode {
  const { base } = parseSubnet(settings.subnet);
  return {
    name,
    number,
    address: dotted(base + 10 + number),
    mac: labMac(settings, 1, number),
    bmc: dotted(base + 100 + number),
    link: `${settings.prefix}n${number}`,
    linkMac: labMac(settings, 2, number),
    dir: `${settings.dir}/nodes/${name}`,
  };
}

/** The bridge's name, and its address: fixed, since a bridge otherwise takes one of its ports'. */
export function labBridge(settings: LabSettings): { readonly name: string; readonly mac: string } {
  return { name: `${settings.prefix}br`, mac: labMac(settings, 0, 254) };
}

/** Locally administered; its middle tells whose it is, so that nothing of somebody else is ever removed. */
function labMac(settings: LabSettings, kind: number, number: number): string {
  const own = hashBytes(`${settings.name}\0${settings.dir}`);
  const bytes = [0x02, own[0] ?? 0, own[1] ?? 0, own[2] ?? 0, kind, number];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
