import { HavenError } from "../base/errors.ts";
import type { NodeAccess } from "../host/node-access.ts";
import { type QuorumServerFacts, readQuorumServer, usualQnetdPort } from "../host/quorum-server.ts";
import { tcpReach } from "../host/tcp-reach.ts";
import { clockSkew } from "./cluster-check.ts";
import type { SetupNode } from "./cluster-node-setup.ts";
import type { ClusterPlan } from "./cluster-plan.ts";

/** The server with the further vote: how it is reached, and what was found there. */
export interface QuorumServer {
  readonly access: NodeAccess;
  readonly facts: QuorumServerFacts;
  /** What was changed on it so far. */
  readonly changed: string[];
}

// TLS refuses a certificate that begins in the future, which is what a server whose clock is ahead makes.
const maxSkewMs = 5000;

/**
 * Whether the plan's further vote can be had; nothing is changed.
 *
 * @throws HavenError cluster.unreachable
 */
export async function checkQuorumServer(
  plan: ClusterPlan,
  nodes: readonly SetupNode[],
  access: NodeAccess | undefined,
): Promise<{ readonly server: QuorumServer | undefined; readonly problems: readonly string[] }> {
  const { quorumDevice: device } = plan;
  if (device === undefined) return { server: undefined, problems: [] };
  if (access === undefined) throw new HavenError("cluster.unreachable", { node: device.host });
  let facts: QuorumServerFacts;
  try {
    facts = await readQuorumServer(access);
  } catch (cause) {
    throw new HavenError("cluster.unreachable", { node: device.host }, { cause });
  }
  const problems = [
    ...serverProblems(plan, facts),
    ...nodes
      .filter((node) => !node.facts.hasQdevice)
      .map(({ plan: { name } }) => `${name} lacks corosync-qdevice: apt-get install corosync-qdevice`),
  ];
  const skew = clockSkew([facts, ...nodes.map((node) => node.facts)]);
  if (skew > maxSkewMs) {
    problems.push(`The clocks of ${facts.name} and the nodes differ by ${(skew / 1000).toFixed(1)} s`);
  }
  // What does not run yet refuses, which shows that the way to it is free.
  const ways = await reachProblems(plan, nodes, !facts.isActive);
  return { server: { access, facts, changed: [] }, problems: [...problems, ...ways] };
}

/** What is wrong with the server itself. Pure. */
export function serverProblems(plan: ClusterPlan, facts: QuorumServerFacts): readonly string[] {
  const { name, addresses, hasQnetd } = facts;
  const problems: string[] = [];
  const member = plan.nodes.find(
    (node) => node.name === name || node.addresses.some((address) => addresses.includes(address)),
  );
  if (member !== undefined) {
    problems.push(`The quorum device runs on ${member.name}: with that node its vote would be lost too`);
  }
  if (!hasQnetd) problems.push(`${name} lacks corosync-qnetd: apt-get install corosync-qnetd`);
  return problems;
}

/** The nodes that do not get through to the server. */
export async function reachProblems(
  { quorumDevice: device }: ClusterPlan,
  nodes: readonly SetupNode[],
  mayRefuse: boolean,
): Promise<readonly string[]> {
  if (device === undefined) return [];
  const { host, port = usualQnetdPort } = device;
  const found = await Promise.all(
    nodes.map(async ({ plan: { name }, access }) => {
      const reach = await tcpReach(access, host, port);
      if (reach === "open" || (reach === "refused" && mayRefuse)) return [];
      const why = reach === "refused" ? "the connection is refused" : reach.why;
      return [`${name} does not reach corosync-qnetd on ${host}, TCP port ${port}: ${why}`];
    }),
  );
  return found.flat();
}
