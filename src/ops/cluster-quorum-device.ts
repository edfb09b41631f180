import { HavenError } from "../base/errors.ts";
import { poll } from "../base/poll.ts";
import { configValue, setConfigLines } from "../host/config-lines.ts";
import type { NodeAccess } from "../host/node-access.ts";
import { ensureQuorumCertificates, removeQuorumCertificates } from "../host/quorum-certificate.ts";
import { ensureQnetdAuthority, usualQnetdPort } from "../host/quorum-server.ts";
import type { CorosyncConf, CorosyncQuorumDevice } from "../pacemaker/corosync.ts";
import { parseQuorum } from "../pacemaker/quorum.ts";
import type { ClusterStanding } from "./cluster-check.ts";
import { enable, type SetupNode } from "./cluster-node-setup.ts";
import type { ClusterPlan } from "./cluster-plan.ts";
import { type QuorumServer, reachProblems } from "./cluster-quorum-check.ts";
import { logTail, type ServiceEnvironment, systemctl } from "./cluster-services.ts";

const qnetdDefaultsPath = "/etc/default/corosync-qnetd";
const optionsName = "COROSYNC_QNETD_OPTIONS";
const qnetd = "corosync-qnetd";
const qdevice = "corosync-qdevice";

// Its first try to connect comes at once; one that fails is repeated after eight seconds.
const voteSeconds = 30;

/**
 * Has the server give votes: its authority, encryption required, started now and at boot. The nodes are not touched.
 *
 * @returns what is not as it should be, and keeps nothing from working
 * @throws HavenError cluster.refused when a node does not get through to it, cluster.start, exec.failed
 */
export async function prepareQuorumServer(
  server: QuorumServer,
  plan: ClusterPlan,
  nodes: readonly SetupNode[],
): Promise<readonly string[]> {
  const { access, changed, facts } = server;
  if (await ensureQnetdAuthority(access)) changed.push("certificate authority");
  const options = await setOptions(server, plan.quorumDevice?.port ?? usualQnetdPort);
  await enable(server, [qnetd]);
  const warnings = [...options.warnings];
  if (!facts.isActive) {
    await systemctl(access, "start", qnetd);
    changed.push(qnetd);
  } else if (options.isChanged) {
    const connected = await connectedClients(access);
    // Whoever has the last vote that it needs from there would lose its quorum.
    if (connected === 0) {
      await systemctl(access, "restart", qnetd);
      changed.push(qnetd);
    } else {
      warnings.push(
        `${qnetdDefaultsPath} on ${access.name} counts when ${qnetd} is next started: nodes are connected`,
      );
    }
  }
  const problems = await reachProblems(plan, nodes, false);
  if (problems.length > 0) {
    throw new HavenError("cluster.refused", { what: "the nodes do not reach the quorum device", problems });
  }
  return warnings;
}

/** Writes the daemon's options where it has none. Those that somebody has chosen stay. */
async function setOptions({ access, changed }: QuorumServer, port: number) {
  const before = (await access.readFile(qnetdDefaultsPath)) ?? "";
  const options = configValue(before, optionsName) ?? "";
  const wanted = `-s req${port === usualQnetdPort ? "" : ` -p ${port}`}`;
  if (/(^|\s)-s\s*req/.test(options)) return { isChanged: false, warnings: [] };
  if (options !== "") {
    const text = `${qnetd} on ${access.name} has options of its own (${options}): without '-s req' it also takes nodes without a certificate for those of this cluster`;
    return { isChanged: false, warnings: [text] };
  }
  await access.writeFile(qnetdDefaultsPath, setConfigLines(before, { [optionsName]: `"${wanted}"` }, "="));
  changed.push(qnetdDefaultsPath);
  return { isChanged: true, warnings: [] };
}

/** How many nodes have a vote from there; undefined when it does not say. */
async function connectedClients(server: NodeAccess): Promise<number | undefined> {
  const result = await server.exec(["corosync-qnetd-tool", "-s"]);
  const found = /^Connected clients:\s+(\d+)/m.exec(result.stdout)?.[1];
  return found === undefined ? undefined : Number(found);
}

/**
 * Gives the nodes what they need to be known there. A running corosync-qdevice reads it when it is restarted.
 *
 * @returns the names of nodes whose certificates are new
 * @throws HavenError exec.failed
 */
export async function prepareQuorumDevice(
  server: QuorumServer,
  plan: ClusterPlan,
  nodes: readonly SetupNode[],
): Promise<ReadonlySet<string>> {
  const renewed = await ensureQuorumCertificates(
    server.access,
    nodes.map(({ access }) => access),
    plan.name,
  );
  for (const { access, changed } of nodes) {
    if (renewed.has(access.name)) changed.push("certificate for the quorum device");
  }
  return renewed;
}

/**
 * Starts corosync-qdevice on all nodes, or has it read what is new, and waits until each node has the further vote: one
 * node after the other, so that they never are without it together.
 *
 * @throws HavenError cluster.start, exec.failed
 */
export async function startQuorumDevice(
  nodes: readonly SetupNode[],
  before: CorosyncConf | undefined,
  conf: CorosyncConf,
  renewed: ReadonlySet<string>,
  environment: ServiceEnvironment,
): Promise<void> {
  if (conf.quorumDevice === undefined) return;
  environment.progress("Waiting for the vote of the quorum device");
  const isSame = sameDevice(before?.quorumDevice, conf.quorumDevice);
  for (const node of nodes) {
    const { access, changed } = node;
    await enable(node, [qdevice]);
    const runs = (await access.exec(["systemctl", "is-active", qdevice])).stdout.trim() === "active";
    if (!runs || !isSame || renewed.has(access.name)) {
      await systemctl(access, runs ? "restart" : "start", qdevice);
      changed.push(qdevice);
    }
    await waitForVote(access, environment);
  }
}

function sameDevice(a: CorosyncQuorumDevice | undefined, b: CorosyncQuorumDevice): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

async function waitForVote(node: NodeAccess, environment: ServiceEnvironment): Promise<void> {
  const { clock, signal } = environment;
  const seen = await poll(
    async () => {
      const { stdout } = await node.exec(["corosync-quorumtool", "-s"]);
      return (parseQuorum(stdout)?.device?.votes ?? 0) > 0;
    },
    { timeoutMs: voteSeconds * 1000, intervalMs: 100, clock, signal },
  );
  if (seen !== undefined) return;
  throw new HavenError("cluster.start", {
    what: `${node.name} did not get the vote of the quorum device`,
    seconds: voteSeconds,
    log: await logTail(node, qdevice),
  });
}

/**
 * Ends corosync-qdevice on nodes of a cluster whose plan has no further vote, or no longer. To be called before
 * corosync.conf says so: until then the nodes' own votes are a majority of the old number, and all of them are there.
 *
 * @throws HavenError exec.failed
 */
export async function stopQuorumDevice(
  nodes: readonly SetupNode[],
  standing: ClusterStanding,
  conf: CorosyncConf,
): Promise<void> {
  if (conf.quorumDevice !== undefined) return;
  const had = standing.before?.quorumDevice !== undefined;
  for (const { access, facts, changed } of nodes) {
    if (!had && !facts.active.has(qdevice)) continue;
    if (facts.active.has(qdevice)) await systemctl(access, "stop", qdevice);
    const { stdout } = await access.exec(["systemctl", "is-enabled", qdevice]);
    if (stdout.trim() === "enabled") await systemctl(access, "disable", qdevice);
    await removeQuorumCertificates(access);
    changed.push(`${qdevice} off`);
  }
}
