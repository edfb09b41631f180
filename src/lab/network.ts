import { HavenError } from "../base/errors.ts";
import { exec, run } from "../base/exec.ts";
import {
  type LabNode,
  type LabSettings,
  labAddresses,
  labBridge,
  labNodes,
  overlap,
  parseSubnet,
} from "./settings.ts";

interface IpAddress {
  readonly ifname: string;
  readonly address?: string;
  readonly addr_info?: readonly {
    readonly family: string;
    readonly local?: string;
    readonly prefixlen: number;
  }[];
}

interface IpRoute {
  readonly dst: string;
  readonly dev?: string;
}

/** What `ip -json` prints; its commands print nothing at all where there is nothing. */
async function ipJson<T>(...words: readonly string[]): Promise<readonly T[]> {
  const text = (await run(["ip", "-json", ...words])).trim();
  return text === "" ? [] : (JSON.parse(text) as readonly T[]);
}

/**
 * Refuses when the subnet or an interface's name belongs to something else.
 *
 * @throws HavenError lab.in-use
 */
export async function checkNetworkFree(settings: LabSettings): Promise<void> {
  const bridge = labBridge(settings);
  const own = parseSubnet(settings.subnet);
  const hint = "Choose another with --subnet, 10.200.7.0/24 say";
  const refuse = (what: string, by: string, next: string): never => {
    throw new HavenError("lab.in-use", { what, by, hint: next });
  };
  for (const link of await ipJson<IpAddress>("address", "show")) {
    if (link.ifname === bridge.name) {
      if (link.address !== bridge.mac) {
        refuse(`The bridge ${bridge.name}`, "something other than this lab", "Choose another --name");
      }
      continue;
    }
    for (const { family, local, prefixlen } of link.addr_info ?? []) {
      if (family !== "inet" || local === undefined) continue;
      if (overlap(own, network(local, prefixlen))) {
        refuse(`The subnet ${settings.subnet}`, `${link.ifname} (${local}/${prefixlen})`, hint);
      }
    }
  }
  for (const { dst, dev } of await ipJson<IpRoute>("-4", "route", "show", "table", "all")) {
    const match = /^(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?$/.exec(dst);
    if (match === null || dev === bridge.name) continue;
    const route = network(match[1] ?? "", Number(match[2] ?? 32));
    if (route.bits > 0 && overlap(own, route)) {
      refuse(
        `The subnet ${settings.subnet}`,
        `a route to ${dst}${dev === undefined ? "" : ` over ${dev}`}`,
        hint,
      );
    }
  }
}

/** The network of an address, of any length; parseSubnet is only for what a lab may have. */
function network(address: string, bits: number): { readonly base: number; readonly bits: number } {
  const number = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - bits);
  return { base: Math.floor(number / size) * size, bits };
}

/** Makes the bridge and the host's addresses on it, or what is missing of them. */
export async function ensureBridge(settings: LabSettings): Promise<void> {
  const bridge = labBridge(settings);
  const addresses = labAddresses(settings);
  const found = await bridgeNow(settings);
  if (found === undefined) {
    await run(["ip", "link", "add", bridge.name, "address", bridge.mac, "type", "bridge", "stp_state", "0"]);
  }
  const has = new Set(found?.addr_info?.map(({ local }) => local));
  const { gateway, pingTarget, amm, cmm, pdu } = addresses;
  const bmcs = labNodes(settings).map(({ bmc }) => bmc);
  for (const address of [gateway, pingTarget, amm, cmm, pdu, ...bmcs]) {
    if (has.has(address)) continue;
    await run(["ip", "address", "add", `${address}/${addresses.bits}`, "dev", bridge.name]);
  }
  await run(["ip", "link", "set", bridge.name, "up"]);
}

/** Removes the bridge, if it is this lab's. */
export async function removeBridge(settings: LabSettings): Promise<void> {
  const found = await bridgeNow(settings);
  if (found?.address === labBridge(settings).mac) await exec(["ip", "link", "delete", found.ifname]);
}

async function bridgeNow(settings: LabSettings): Promise<IpAddress | undefined> {
  const { name } = labBridge(settings);
  return (await ipJson<IpAddress>("address", "show")).find(({ ifname }) => ifname === name);
}

/** Gives a node its link: eth0 in its network namespace, the other end on the bridge. */
export async function addLink(settings: LabSettings, node: LabNode, pid: number): Promise<void> {
  await removeLink(node);
  const peer = ["peer", "name", "eth0", "address", node.mac, "netns", String(pid)];
  await run(["ip", "link", "add", node.link, "address", node.linkMac, "type", "veth", ...peer]);
  await run(["ip", "link", "set", node.link, "master", labBridge(settings).name, "up"]);
}

/** Brings back what is missing of a running node's link: the link itself with its address, its place on the bridge. */
export async function ensureLink(settings: LabSettings, node: LabNode, pid: number): Promise<void> {
  const there = await exec(["ip", "-json", "link", "show", "dev", node.link]);
  if (there.code === 0) {
    await run(["ip", "link", "set", node.link, "master", labBridge(settings).name, "up"]);
    return;
  }
  await addLink(settings, node, pid);
  const { bits, gateway } = labAddresses(settings);
  const inside = (...words: readonly string[]) =>
    run(["nsenter", `--target=${pid}`, "--net", "--", "ip", ...words]);
  await inside("link", "set", "eth0", "up");
  await inside("address", "replace", `${node.address}/${bits}`, "dev", "eth0");
  await inside("route", "replace", "default", "via", gateway);
}

/** Removes a node's link, if it is there and this lab's. */
export async function removeLink(node: LabNode): Promise<void> {
  const links = await exec(["ip", "-json", "link", "show", "dev", node.link]);
  if (links.code !== 0) return;
  const [link] = JSON.parse(links.stdout) as readonly IpAddress[];
  if (link?.address === node.linkMac) await exec(["ip", "link", "delete", node.link]);
}
