import { isIP } from "node:net";
import { isHavenError } from "../base/errors.ts";
import type { NodeFacts } from "../host/node-facts.ts";
import { Cib } from "../pacemaker/cib.ts";
import { type CorosyncConf, readCorosyncConf } from "../pacemaker/corosync.ts";
import type { ClusterPlan } from "./cluster-plan.ts";
import { sbdPlanProblems } from "./cluster-sbd-check.ts";
import { quorumPlanProblems } from "./quorum-plan-problems.ts";
import { softwareProblems } from "./software-problems.ts";

/** What the nodes are to the planned cluster, before anything is changed. */
export interface ClusterStanding {
  /** Nodes that have its corosync.conf already. */
  readonly members: ReadonlySet<string>;
  /** That file as the first of them has it. */
  readonly before: CorosyncConf | undefined;
  /** Everything that keeps the set-up from being done; empty: go on. */
  readonly problems: readonly string[];
  /** Nodes that belong to something else, and to what, in words. Only this can be forced. */
  readonly foreign: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

const maxSkewMs = 5000;
const warnSkewMs = 1000;

/** What is wrong with the plan itself, in words; empty when it can be tried. */
export function planProblems(plan: ClusterPlan): readonly string[] {
  const problems: string[] = [];
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(plan.name)) {
    problems.push(`The cluster's name '${plan.name}' is not of letters, digits, dashes and underscores`);
  }
  const { nodes } = plan;
  if (nodes.length < 1 || nodes.length > 32) problems.push(`${nodes.length} nodes, expected 1 to 32`);
  const names = new Set<string>();
  const addresses = new Set<string>();
  for (const node of nodes) {
    if (!/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(node.name)) {
      problems.push(`'${node.name}' is not the name of a node`);
    }
    if (names.has(node.name)) problems.push(`Node ${node.name} is there twice`);
    names.add(node.name);
    const rings = node.addresses.length;
    if (rings < 1 || rings > 2) problems.push(`Node ${node.name} has ${rings} addresses, expected 1 or 2`);
    if (rings !== nodes[0]?.addresses.length) {
      problems.push(`Node ${node.name} has another number of addresses than ${nodes[0]?.name}`);
    }
    for (const address of node.addresses) {
      if (isIP(address) === 0) problems.push(`'${address}' of node ${node.name} is no IP address`);
      if (addresses.has(address)) problems.push(`The address ${address} is there twice`);
      addresses.add(address);
    }
  }
  for (const target of plan.pingTargets) {
    if (isIP(target) === 0) problems.push(`The ping target '${target}' is no IP address`);
  }
  for (const host of plan.fencing.flatMap((device) => device.hosts)) {
    if (!names.has(host.node))
      problems.push(`A fence device switches '${host.node}', which is no node of the plan`);
  }
  return [...problems, ...quorumPlanProblems(plan), ...sbdPlanProblems(plan)];
}

/** Judges the nodes' facts against the plan. Pure. */
export function checkNodes(plan: ClusterPlan, facts: ReadonlyMap<string, NodeFacts>): ClusterStanding {
  const problems: string[] = [];
  const foreign = new Map<string, string>();
  const warnings: string[] = [];
  const members = new Set<string>();
  let before: CorosyncConf | undefined;
  for (const { name, addresses } of plan.nodes) {
    const fact = facts.get(name);
    if (fact === undefined) continue;
    if (fact.name !== name) problems.push(`${name} calls itself ${fact.name} (uname -n)`);
    problems.push(...programProblems(name, fact));
    for (const address of addresses) {
      if (!fact.addresses.includes(address)) problems.push(`${name} does not have the address ${address}`);
    }
    problems.push(...peerProblems(plan, name, fact));
    const standing = standingOf(plan, name, fact);
    if (standing.kind === "member") {
      members.add(name);
      before ??= standing.conf;
    } else if (standing.kind === "foreign") foreign.set(name, standing.why);
  }
  for (const { name } of before?.nodes ?? []) {
    if (!plan.nodes.some((node) => node.name === name)) {
      problems.push(`${name} belongs to the cluster and is missing in the plan`);
    }
  }
  problems.push(...keyProblems(members, facts));
  const skew = clockSkew([...facts.values()]);
  if (skew > maxSkewMs) problems.push(`The nodes' clocks differ by ${(skew / 1000).toFixed(1)} s`);
  else if (skew > warnSkewMs) warnings.push(`The nodes' clocks differ by ${(skew / 1000).toFixed(1)} s`);
  const versions = new Set([...facts.values()].map((fact) => fact.versions.pacemaker));
  if (versions.size > 1) warnings.push(`Pacemaker's versions differ: ${[...versions].join(", ")}`);
  if (plan.fencing.length === 0 && plan.sbd === undefined) {
    warnings.push("Without fencing no VM is started elsewhere when its server dies");
  }
  return { members, before, problems, foreign, warnings };
}

/** Migrations and monitors reach other nodes by name. */
function peerProblems(plan: ClusterPlan, name: string, fact: NodeFacts): readonly string[] {
  return plan.nodes.flatMap((peer) => {
    const found = fact.peers.get(peer.name);
    if (found === undefined || found.some((address) => peer.addresses.includes(address))) return [];
    const what = found.length === 0 ? "no address" : found.join(", ");
    return [`${name} finds ${what} for the name ${peer.name}: put it into DNS or /etc/hosts`];
  });
}

function programProblems(name: string, fact: NodeFacts): readonly string[] {
  return softwareProblems(fact.versions).map(({ text, next }) =>
    [`${name} ${text}`, next ?? []].flat().join(": "),
  );
}

type Standing =
  | { readonly kind: "member"; readonly conf: CorosyncConf }
  | { readonly kind: "free" }
  | { readonly kind: "foreign"; readonly why: string };

/** A node is free when it has no cluster, or the empty one that Debian's packages start. */
function standingOf(plan: ClusterPlan, name: string, fact: NodeFacts): Standing {
  let conf: CorosyncConf | undefined;
  try {
    if (fact.corosyncConf !== undefined) conf = readCorosyncConf(fact.corosyncConf);
  } catch (error) {
    if (!isHavenError(error, "input.invalid")) throw error;
    return { kind: "foreign", why: `${name} has a corosync.conf that cannot be read: ${error.message}` };
  }
  const isDebians = conf?.clusterName === "debian" && conf.nodes.every((n) => n.addresses[0] === "127.0.0.1");
  if (conf !== undefined && !isDebians) {
    if (conf.clusterName === plan.name && conf.nodes.some((node) => node.name === name)) {
      return { kind: "member", conf };
    }
    return { kind: "foreign", why: `${name} belongs to the cluster ${conf.clusterName || "without a name"}` };
  }
  const resources = resourcesIn(fact.cib);
  return resources === 0
    ? { kind: "free" }
    : { kind: "foreign", why: `${name} has a Pacemaker configuration with ${resources} resources` };
}

function resourcesIn(cib: string | undefined): number | string {
  if (cib === undefined) return 0;
  try {
    return Cib.parse(cib).resources.length;
  } catch {
    return "unreadable";
  }
}

function keyProblems(members: ReadonlySet<string>, facts: ReadonlyMap<string, NodeFacts>): readonly string[] {
  const keys = new Map<string, string>();
  for (const name of members) {
    const key = facts.get(name)?.authkey;
    if (key !== undefined && key !== "") keys.set(key, name);
  }
  if (keys.size <= 1) return [];
  return [`${[...keys.values()].join(" and ")} have different keys (/etc/corosync/authkey)`];
}

/** How far the nodes' clocks are apart at the least, milliseconds: what the measuring itself took is taken off. */
export function clockSkew(facts: readonly Pick<NodeFacts, "clockOffsetMs" | "clockErrorMs">[]): number {
  let worst = 0;
  for (const a of facts) {
    for (const b of facts) {
      worst = Math.max(worst, a.clockOffsetMs - b.clockOffsetMs - a.clockErrorMs - b.clockErrorMs);
    }
  }
  return worst;
}
