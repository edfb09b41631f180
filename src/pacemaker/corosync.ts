import { HavenError } from "../base/errors.ts";

/** What corosync.conf says, as far as Haven writes it. The same file is on all nodes. */
export interface CorosyncConf {
  readonly clusterName: string;
  /** Milliseconds without the token until it counts as lost; corosync adds 650 for each node beyond two. */
  readonly tokenMs: number;
  readonly nodes: readonly CorosyncNode[];
  /** A further vote, given by a server that is no member. */
  readonly quorumDevice?: CorosyncQuorumDevice;
}

export interface CorosyncQuorumDevice {
  /** Address or name of the server that runs corosync-qnetd. */
  readonly host: string;
  readonly port: number;
  readonly algorithm: "ffsplit" | "lms";
  /** Which of two halves gets the vote when nothing else decides: that with the lowest id, the highest, or this one. */
  readonly tieBreaker: "lowest" | "highest" | number;
}

export interface CorosyncNode {
  readonly name: string;
  /** 1 and up, for good: Pacemaker knows a node by it. */
  readonly id: number;
  /** One address for each knet link. */
  readonly addresses: readonly string[];
}

/**
 * The text of corosync.conf: knet over one or two links, encrypted and authenticated with /etc/corosync/authkey,
 * votes counted by votequorum. Two nodes get `two_node`: each alone has quorum, but only after it has seen the other one
 * since it was started (`wait_for_all`, which two_node implies and an administrator should see). Without that a node
 * that was shot would come back, still not hear the other one, and shoot it in its turn. With a quorum device there is a
 * majority, and neither is wanted: votequorum refuses `two_node` beside a device, and a node that starts alone may go on
 * when the device says so. Source: corosync.conf(5), votequorum(5), corosync-qdevice(8).
 */
export function corosyncConf(conf: CorosyncConf): string {
  const nodes = conf.nodes.map((node) =>
    section("node", [
      `name: ${node.name}`,
      `nodeid: ${node.id}`,
      ...node.addresses.map((address, ring) => `ring${ring}_addr: ${address}`),
    ]),
  );
  return [
    "# Written by haven cluster init, the same on every node.",
    section("totem", [
      "version: 2",
      `cluster_name: ${conf.clusterName}`,
      "transport: knet",
      "link_mode: passive",
      "crypto_cipher: aes256",
      "crypto_hash: sha256",
      `token: ${conf.tokenMs}`,
    ]),
    section("nodelist", nodes),
    section("quorum", ["provider: corosync_votequorum", ...quorumLines(conf)]),
    section("logging", [
      "to_logfile: yes",
      "logfile: /var/log/corosync/corosync.log",
      "to_syslog: yes",
      "timestamp: on",
    ]),
    "",
  ].join("\n");
}

function quorumLines({ nodes, quorumDevice: device }: CorosyncConf): readonly string[] {
  if (device === undefined) return nodes.length === 2 ? ["two_node: 1", "wait_for_all: 1"] : [];
  // `required`: with `on` it would do without encryption where the server offers none.
  const net = [
    "tls: required",
    `host: ${device.host}`,
    `port: ${device.port}`,
    `algorithm: ${device.algorithm}`,
    `tie_breaker: ${device.tieBreaker}`,
  ];
  // lms needs one vote less than there are nodes, which is what corosync takes unless told.
  const votes = device.algorithm === "ffsplit" ? ["votes: 1"] : [];
  return [section("device", ["model: net", ...votes, section("net", net)])];
}

function section(name: string, lines: readonly string[]): string {
  const inner = lines.flatMap((line) => line.split("\n")).map((line) => `    ${line}`);
  return [`${name} {`, ...inner, "}"].join("\n");
}

interface Section {
  readonly name: string;
  readonly values: Map<string, string>;
  readonly sections: Section[];
}

/**
 * Reads a corosync.conf of anybody's.
 *
 * @throws HavenError input.invalid for a file that corosync would not read either
 */
export function readCorosyncConf(text: string, where = "corosync.conf"): CorosyncConf {
  const root = readSections(text, where);
  const totem = root.sections.find(({ name }) => name === "totem");
  const nodes = root.sections
    .filter(({ name }) => name === "nodelist")
    .flatMap((list) => list.sections.filter(({ name }) => name === "node"));
  const quorumDevice = quorumDeviceIn(root);
  return {
    clusterName: totem?.values.get("cluster_name") ?? "",
    tokenMs: Number(totem?.values.get("token") ?? 3000),
    nodes: nodes.map(({ values }, index) => {
      const addresses = Array.from({ length: 8 }, (_, ring) => values.get(`ring${ring}_addr`));
      return {
        name: values.get("name") ?? values.get("ring0_addr") ?? "",
        id: Number(values.get("nodeid") ?? index + 1),
        addresses: addresses.filter((address) => address !== undefined),
      };
    }),
    ...(quorumDevice === undefined ? {} : { quorumDevice }),
  };
}

/** Defaults as in corosync-qdevice(8). */
function quorumDeviceIn(root: Section): CorosyncQuorumDevice | undefined {
  const inside = (sections: readonly Section[], name: string): Section | undefined =>
    sections.find((one) => one.name === name);
  const device = inside(inside(root.sections, "quorum")?.sections ?? [], "device");
  if (device === undefined) return undefined;
  const net = inside(device.sections, "net")?.values;
  const breaker = net?.get("tie_breaker") ?? "lowest";
  return {
    host: net?.get("host") ?? "",
    port: Number(net?.get("port") ?? 5403),
    algorithm: net?.get("algorithm") === "lms" ? "lms" : "ffsplit",
    tieBreaker: breaker === "lowest" || breaker === "highest" ? breaker : Number(breaker),
  };
}

function readSections(text: string, where: string): Section {
  const root: Section = { name: "", values: new Map(), sections: [] };
  const open: Section[] = [root];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    const current = open.at(-1) ?? root;
    if (line === "" || line.startsWith("#")) continue;
    const start = /^([^\s{:]+)\s*\{$/.exec(line);
    const pair = /^([^\s:{}]+)\s*:\s*(.*)$/.exec(line);
    if (start?.[1] !== undefined) {
      const made: Section = { name: start[1], values: new Map(), sections: [] };
      current.sections.push(made);
      open.push(made);
    } else if (line === "}" && open.length > 1) {
      open.pop();
    } else if (pair?.[1] !== undefined) {
      current.values.set(pair[1], pair[2] ?? "");
    } else {
      throw broken(`${where}:${index + 1}`, line);
    }
  }
  if (open.length > 1) throw broken(where, `no end of section ${open.at(-1)?.name}`);
  return root;
}

function broken(where: string, found: string): HavenError {
  return new HavenError("input.invalid", {
    where,
    found: `'${found.slice(0, 60)}'`,
    expected: "'name: value', 'section {' or '}'",
  });
}

/**
 * Gives each node its id: the one it had, or the lowest that none has and none had. `before` is the cluster's
 * configuration so far.
 */
export function assignNodeIds(
  names: readonly string[],
  before: readonly CorosyncNode[],
): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  for (const { name, id } of before) if (names.includes(name)) ids.set(name, id);
  let next = 1;
  const taken = new Set(before.map(({ id }) => id));
  for (const name of names) {
    if (ids.has(name)) continue;
    while (taken.has(next)) next += 1;
    taken.add(next);
    ids.set(name, next);
  }
  return ids;
}
