import type { NodeAccess } from "./node-access.ts";
import { outputThere, succeedsThere, tryThere } from "./output-there.ts";

/** What cluster set-up needs to know of a node before it touches it. */
export interface NodeFacts {
  /** `uname -n`. */
  readonly name: string;
  /** Versions as they are, by program; undefined when it is not installed. */
  readonly versions: Readonly<Record<Program, string | undefined>>;
  /** Whether this Pacemaker can keep secrets beside the CIB. */
  readonly cibSecrets: boolean;
  /** The addresses that the other nodes' names have for it, by name: libvirt migrates to names. */
  readonly peers: ReadonlyMap<string, readonly string[]>;
  /** Addresses on its interfaces, without prefix length. */
  readonly addresses: readonly string[];
  /** Its clock less the clock here, milliseconds, and how wrong that may be. */
  readonly clockOffsetMs: number;
  readonly clockErrorMs: number;
  /** The group of QEMU's processes; undefined where there is none. */
  readonly qemuGroup: string | undefined;
  /** Units that run, by name. */
  readonly active: ReadonlySet<string>;
  /** True where systemd is process 1; the lab's nodes have a stand-in. */
  readonly systemd: boolean;
  readonly corosyncConf: string | undefined;
  /** /etc/corosync/authkey in base64. */
  readonly authkey: string | undefined;
  /** Whether the node has the certificate authority's key. */
  readonly hasAuthority: boolean;
  /** The CIB on disk, which is what the node starts with. */
  readonly cib: string | undefined;
  readonly hasAlertAgent: boolean;
  /** Whether a further vote can be had from a server (corosync-qdevice). */
  readonly hasQdevice: boolean;
}

export const programs = {
  pacemaker: ["pacemakerd", "--version"],
  corosync: ["corosync", "-v"],
  libvirt: ["libvirtd", "--version"],
  virsh: ["virsh", "--version"],
  qemu: ["qemu-system-x86_64", "--version"],
  openssl: ["openssl", "version"],
} as const;

export type Program = keyof typeof programs;

export const alertAgentPath = "/usr/lib/haven/alert_haven";
export const cibPath = "/var/lib/pacemaker/cib/cib.xml";
export const corosyncConfPath = "/etc/corosync/corosync.conf";
export const authkeyPath = "/etc/corosync/authkey";

const units = [
  "corosync",
  "corosync-qdevice",
  "pacemaker",
  "libvirtd",
  "libvirtd-tls.socket",
  "virtlogd",
  "libvirt-guests",
];

/**
 * Reads a node's facts. Changes nothing there.
 *
 * @param peers Names to look up there
 * @throws HavenError whatever the access throws when the node cannot be reached
 */
export async function readNodeFacts(node: NodeAccess, peers: readonly string[]): Promise<NodeFacts> {
  // First, alone: whether it can be reached at all.
  const name = (await node.exec(["uname", "-n"])).stdout.trim();
  const [versions, features, addresses, clock, qemuGroup, active, corosyncConf, authkey, cib] =
    await Promise.all([
      readVersions(node),
      outputThere(node, ["pacemakerd", "--features"]),
      outputThere(node, ["ip", "-json", "address", "show"]),
      readClock(node),
      outputThere(node, ["getent", "group", "libvirt-qemu"]),
      readActive(node),
      node.readFile(corosyncConfPath),
      outputThere(node, ["base64", "--wrap=0", authkeyPath]),
      node.readFile(cibPath),
    ]);
  const [found, hasAuthority, hasAlertAgent, hasQdevice, systemd] = await Promise.all([
    Promise.all(peers.map(async (peer) => [peer, await lookUp(node, peer)] as const)),
    succeedsThere(node, ["test", "-e", "/etc/haven/ca/ca.key"]),
    succeedsThere(node, ["test", "-x", alertAgentPath]),
    succeedsThere(node, ["test", "-x", "/usr/sbin/corosync-qdevice"]),
    succeedsThere(node, ["test", "-d", "/run/systemd/system"]),
  ]);
  return {
    name,
    versions,
    cibSecrets: /\bcibsecrets\b/.test(features ?? ""),
    peers: new Map(found),
    addresses: parseAddresses(addresses ?? "[]"),
    ...clock,
    qemuGroup: qemuGroup === undefined ? undefined : "libvirt-qemu",
    active,
    systemd,
    corosyncConf,
    authkey,
    hasAuthority,
    cib,
    hasAlertAgent,
    hasQdevice,
  };
}

async function lookUp(node: NodeAccess, name: string): Promise<readonly string[]> {
  const text = (await outputThere(node, ["getent", "ahosts", name])) ?? "";
  return [...new Set(text.split("\n").flatMap((line) => line.split(/\s+/)[0] || []))];
}

async function readVersions(node: NodeAccess): Promise<Record<Program, string | undefined>> {
  const read = async (argv: readonly string[]): Promise<string | undefined> => {
    const result = await tryThere(node, argv);
    return result?.code === 0 ? versionIn(result.stdout) : undefined;
  };
  const [pacemaker, corosync, libvirt, virsh, qemu, openssl] = await Promise.all([
    read(programs.pacemaker),
    read(programs.corosync),
    read(programs.libvirt),
    read(programs.virsh),
    read(programs.qemu),
    read(programs.openssl),
  ]);
  return { pacemaker, corosync, libvirt, virsh, qemu, openssl };
}

/** The first version number in a text: "2.1.5" in "Pacemaker 2.1.5 (Build: …)". */
export function versionIn(text: string): string | undefined {
  return /\d+\.\d+(?:\.\d+)?/.exec(text)?.[0];
}

/** Addresses in the output of `ip -json address show`; those of this link only are left out. */
export function parseAddresses(json: string): readonly string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return [];
  }
  if (!Array.isArray(parsed)) return [];
  return parsed.flatMap((link: unknown) => {
    const list = field(link, "addr_info");
    if (!Array.isArray(list)) return [];
    return list.flatMap((entry: unknown) => {
      const local = field(entry, "local");
      return typeof local === "string" && field(entry, "scope") !== "link" ? [local] : [];
    });
  });
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** How far the clock of a node is from the clock here. */
export async function readClock(node: NodeAccess): Promise<{ clockOffsetMs: number; clockErrorMs: number }> {
  const before = Date.now();
  const text = await outputThere(node, ["date", "+%s%3N"]);
  const after = Date.now();
  const there = Number(text?.trim());
  const half = (after - before) / 2;
  return { clockOffsetMs: Number.isFinite(there) ? there - before - half : 0, clockErrorMs: half + 1 };
}

async function readActive(node: NodeAccess): Promise<ReadonlySet<string>> {
  // One line for each unit, in the order asked; the exit code only says whether all of them run.
  const result = await node.exec(["systemctl", "is-active", ...units]);
  const lines = result.stdout.split("\n");
  return new Set(units.filter((_, index) => lines[index]?.trim() === "active"));
}
