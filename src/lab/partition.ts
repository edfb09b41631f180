import { HavenError } from "../base/errors.ts";
import { type LabNode, type LabSettings, labAddresses, labMachines, labNodes } from "./settings.ts";

/** Packets that do not arrive: from one endpoint to another. */
export interface Cut {
  readonly from: string;
  readonly to: string;
  /** Only TCP to and from these ports: "16514", "49152-49215". */
  readonly ports?: readonly string[];
}

/** What a partition is besides who is parted from whom. */
export interface CutOptions {
  /** What `names` send is lost, what is sent to them arrives. */
  readonly oneWay?: boolean;
  /** TCP ports and ranges of them; none for all traffic. */
  readonly ports?: readonly string[];
}

/** What is not a node, and has addresses on the host: by name, as users say it. */
export function hostEndpoints(settings: LabSettings) {
  const { gateway, pingTarget, amm, cmm, pdu } = labAddresses(settings);
  const bmcs = labNodes(settings).map(({ name, bmc }): [string, readonly string[]] => [`bmc-${name}`, [bmc]]);
  return {
    ...(Object.fromEntries(bmcs) as Record<string, readonly string[]>),
    gateway: [gateway],
    "ping-target": [pingTarget],
    targets: [gateway, pingTarget],
    chassis1: [amm],
    chassis2: [cmm],
    pdu1: [pdu],
    host: [gateway, pingTarget, amm, cmm, pdu, ...bmcs.flatMap(([, own]) => own)],
  } satisfies Record<string, readonly string[]>;
}

/**
 * The cuts that part `names` from `others`. Without others: from all other nodes, and the witness.
 *
 * @throws HavenError lab.node-unknown, usage when both sides share an endpoint or a port is none
 */
export function cutsFor(
  settings: LabSettings,
  names: readonly string[],
  others: readonly string[],
  { oneWay = false, ports = [] }: CutOptions = {},
): readonly Cut[] {
  const nodes = labMachines(settings).map(({ name }) => name);
  const known = [...nodes, ...Object.keys(hostEndpoints(settings))];
  for (const [side, allowed] of [
    [names, nodes],
    [others, known],
  ] as const) {
    const wrong = side.find((name) => !allowed.includes(name));
    if (wrong !== undefined)
      throw new HavenError("lab.node-unknown", { name: wrong, nodes: allowed.join(", ") });
  }
  const far = others.length > 0 ? others : nodes.filter((name) => !names.includes(name));
  const both = names.find((name) => far.includes(name));
  if (both !== undefined)
    throw new HavenError("usage", { what: `${both} cannot be on both sides of a partition` });
  if (far.length === 0)
    throw new HavenError("usage", { what: "Nobody is left on the other side of the partition" });
  const wrong = ports.find((port) => !isPorts(port));
  if (wrong !== undefined) throw new HavenError("usage", { what: `${wrong} is no TCP port, and no range` });
  const only = ports.length === 0 ? {} : { ports };
  return names.flatMap((a) =>
    far.flatMap((b) => [{ from: a, to: b, ...only }, ...(oneWay ? [] : [{ from: b, to: a, ...only }])]),
  );
}

/** "16514" or "49152-49215". */
function isPorts(text: string): boolean {
  if (!/^\d{1,5}(-\d{1,5})?$/.test(text)) return false;
  const [from = 0, to = from] = text.split("-").map(Number);
  return from >= 1 && from <= to && to <= 65535;
}

/** Whether two cuts are the same. */
export function isSameCut(a: Cut, b: Cut): boolean {
  return a.from === b.from && a.to === b.to && String(a.ports ?? "") === String(b.ports ?? "");
}

/** `node2`, `node2 on TCP 16514 and 49152-49215`. */
export function cutText({ to, ports }: Cut): string {
  return ports === undefined ? to : `${to} on TCP ${ports.join(" and ")}`;
}

/** The name of the lab's table of packet filter rules. */
export function filterTable(settings: LabSettings): string {
  return `haven_${settings.prefix}`;
}

/** What is asked for and what is answered; the one empty match is all traffic. */
function portMatches(ports: readonly string[] | undefined): readonly string[] {
  return ports === undefined
    ? [""]
    : ["dport", "sport"].map((side) => `tcp ${side} { ${ports.join(", ")} } `);
}

/**
 * The rules for nft(8), replacing those before: frames between bridge ports are dropped in the bridge, so that no
 * node can notice or undo it, and links may come and go.
 */
export function filterRules(settings: LabSettings, cuts: readonly Cut[], pingTargetsOff: boolean): string {
  const table = filterTable(settings);
  const nodes = new Map(labMachines(settings).map((node): [string, LabNode] => [node.name, node]));
  const host = hostEndpoints(settings);
  const addresses = new Map<string, readonly string[]>(Object.entries(host));
  const rules = { forward: new Set<string>(), input: new Set<string>(), output: new Set<string>() };
  for (const { from, to, ports } of cuts) {
    const [source, target] = [nodes.get(from), nodes.get(to)];
    for (const only of portMatches(ports)) {
      if (source !== undefined && target !== undefined) {
        rules.forward.add(`iifname "${source.link}" oifname "${target.link}" ${only}drop`);
      } else if (source !== undefined) {
        for (const address of addresses.get(to) ?? [])
          rules.input.add(`iifname "${source.link}" ip daddr ${address} ${only}drop`);
      } else if (target !== undefined) {
        for (const address of addresses.get(from) ?? []) {
          rules.output.add(`oifname "${target.link}" ip saddr ${address} ${only}drop`);
        }
      }
    }
  }
  if (pingTargetsOff) {
    for (const { link } of nodes.values()) {
      for (const address of host.targets) {
        rules.input.add(`iifname "${link}" ip daddr ${address} icmp type echo-request drop`);
      }
    }
  }
  const chains = Object.entries(rules).map(([hook, lines]) =>
    [`  chain ${hook} {`, `    type filter hook ${hook} priority 0; policy accept;`]
      .concat(
        [...lines].map((line) => `    ${line}`),
        "  }",
      )
      .join("\n"),
  );
  // "add" first, since deleting what is not there fails.
  const remove = `add table bridge ${table}\ndelete table bridge ${table}\n`;
  const isEmpty = Object.values(rules).every((lines) => lines.size === 0);
  return isEmpty ? remove : `${remove}table bridge ${table} {\n${chains.join("\n")}\n}\n`;
}
