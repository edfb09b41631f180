import type { Clock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { type Authority, ensureAuthority } from "../host/authority.ts";
import type { NodeAccess } from "../host/node-access.ts";
import { type NodeUtilization, readNodeCapacity, utilizationOf } from "../host/node-capacity.ts";
import { alertAgentPath, type NodeFacts, readNodeFacts } from "../host/node-facts.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import type { CorosyncConf } from "../pacemaker/corosync.ts";
import { type ClusterStanding, checkNodes, planProblems } from "./cluster-check.ts";
import { type ConfigurationInput, configureCluster } from "./cluster-configuration.ts";
import { startDaemon } from "./cluster-daemon.ts";
import { joinNodes, plannedCorosync } from "./cluster-join.ts";
import { prepareNode, type SetupNode } from "./cluster-node-setup.ts";
import type { ClusterPlan, PlanNode } from "./cluster-plan.ts";
import { checkQuorumServer, type QuorumServer } from "./cluster-quorum-check.ts";
import {
  prepareQuorumDevice,
  prepareQuorumServer,
  startQuorumDevice,
  stopQuorumDevice,
} from "./cluster-quorum-device.ts";
import { prepareSbd, readSbdStanding, withRunningSbd } from "./cluster-sbd.ts";
import type { SbdStanding } from "./cluster-sbd-check.ts";
import { seedCib } from "./cluster-seed.ts";
import { pacemakerOn, systemctl, waitForCluster } from "./cluster-services.ts";

export type { ClusterPlan } from "./cluster-plan.ts";

/** What cluster set-up works with: part of an operation's Environment, since there may be no cluster yet. */
export interface ClusterInitEnvironment {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  progress(text: string): void;
}

export interface ClusterInitOptions {
  /** Set up nodes that belong to another cluster; what they had is kept in /var/lib/haven/replaced. */
  readonly force?: boolean;
  /** The server that the plan's quorum device is, as `nodes` are the servers of its nodes. */
  readonly quorumServer?: NodeAccess;
}

export interface ClusterInitResult {
  /** What was changed, by node, and by the quorum device's server: paths of files, names of services started or restarted. Empty: all was so. */
  readonly changed: Readonly<Record<string, readonly string[]>>;
  /** Whether Pacemaker's configuration was made, changed, or neither. */
  readonly configuration: "seeded" | "patched" | "unchanged";
  /** What is not as it should be, and does not keep the cluster from running. */
  readonly warnings: readonly string[];
  /** The node that decides for the cluster. */
  readonly dc: string;
  readonly durationMs: number;
}

/**
 * Makes the nodes one cluster: corosync, Pacemaker, certificates, libvirt and QEMU. Everything is checked on all
 * nodes before anything is written. Repeated, it changes only what differs, and restarts only what must.
 *
 * @param nodes One for each node of the plan, in any order
 * @throws HavenError cluster.refused with everything that is wrong, cluster.unreachable, cluster.start with the end
 * of the daemon's log, exec.failed, interrupted
 */
export async function clusterInit(
  plan: ClusterPlan,
  nodes: readonly NodeAccess[],
  environment: ClusterInitEnvironment,
  options: ClusterInitOptions = {},
): Promise<ClusterInitResult> {
  const { clock, signal } = environment;
  const began = clock.monotonic();
  const { setups, standing, server, sbd } = await check(plan, nodes, environment, options);
  const warnings = [...standing.warnings, ...(sbd?.warnings ?? [])];
  if (server !== undefined) {
    environment.progress("The quorum device's server");
    warnings.push(...(await prepareQuorumServer(server, plan, setups)));
  }

  environment.progress("Certificates, libvirt and QEMU");
  const authority = await clusterAuthority(plan, setups);
  const prepared = await inTurn(setups, standing, (node) => {
    interruptible(signal);
    return prepareNode(node, plan, authority, environment);
  });
  warnings.push(...prepared.flat());

  if (plan.sbd !== undefined && sbd !== undefined) await prepareSbd(plan.sbd, sbd, setups);

  const conf = plannedCorosync(plan, standing);
  const input = await configurationInput(plan, setups, conf, warnings);
  const isNew = standing.members.size === 0;
  interruptible(signal);
  const first = setups[0]?.access;
  if (first === undefined) throw new HavenError("internal", { what: "a cluster without nodes" });
  // Two nodes that are to be alone again need their delays before each of them has quorum alone.
  const losesVote = standing.before?.quorumDevice !== undefined && conf.quorumDevice === undefined;
  const member = setups.find(({ facts }) => losesVote && facts.active.has("pacemaker"))?.access;
  const early = member !== undefined && (await writeConfiguration(member, input, signal));
  const renewed = server === undefined ? new Set<string>() : await prepareQuorumDevice(server, plan, setups);
  await stopQuorumDevice(setups, standing, conf);
  await joinNodes(setups, standing, conf, isNew ? firstStart(input) : undefined, environment);
  await startQuorumDevice(setups, standing.before, conf, renewed, environment);

  environment.progress("Starting Pacemaker");
  await Promise.all(setups.map((node) => startPacemaker(node, standing)));
  const names = plan.nodes.map((node) => node.name);
  const extra = plan.tuning?.dcDeadtimeS ?? (isNew ? firstDeadtimeS : 20);
  const status = await waitForCluster(names, first, environment, extra);

  const running = await withRunningSbd(plan, sbd, setups);
  warnings.push(...running.warnings);
  const wanted = { ...input, plan: running.plan, watchdogSeconds: running.watchdogSeconds };
  const isPatched = (await writeConfiguration(first, wanted, signal)) || early;
  warnings.push(...(await Promise.all(setups.map(startDaemon))).flat());
  return {
    changed: changesOf(server === undefined ? setups : [...setups, server]),
    configuration: isNew ? "seeded" : isPatched ? "patched" : "unchanged",
    warnings,
    dc: status.dc?.name ?? "",
    durationMs: clock.monotonic() - began,
  };
}

/** Returns true when something was written. */
async function writeConfiguration(
  node: NodeAccess,
  input: ConfigurationInput,
  signal: AbortSignal,
): Promise<boolean> {
  const change = await changeCib(
    { pacemaker: pacemakerOn(node, signal), signal },
    (editor) => {
      configureCluster(editor, input);
      const isFirst = editor.cib.property("dc-deadtime") === `${firstDeadtimeS}s`;
      if (input.plan.tuning?.dcDeadtimeS === undefined && isFirst) {
        editor.setProperties({ "dc-deadtime": undefined });
      }
    },
    { simulate: false },
  );
  return change.committed;
}

function changesOf(
  all: readonly Pick<SetupNode, "access" | "changed">[],
): Readonly<Record<string, readonly string[]>> {
  const changed = all.filter((one) => one.changed.length > 0);
  return Object.fromEntries(changed.map((one) => [one.access.name, one.changed]));
}

// All nodes of a new cluster start at once, and corosync has counted them: nobody has to be waited for.
const firstDeadtimeS = 2;

/** The seed of a new cluster. Unless the plan says otherwise, the first election comes early; later ones do not. */
function firstStart(input: ConfigurationInput): string {
  const tuning = { dcDeadtimeS: firstDeadtimeS, ...input.plan.tuning };
  return seedCib({ ...input, plan: { ...input.plan, tuning } });
}

function interruptible(signal: AbortSignal): void {
  if (signal.aborted) throw new HavenError("interrupted");
}

async function check(
  plan: ClusterPlan,
  nodes: readonly NodeAccess[],
  environment: ClusterInitEnvironment,
  { force = false, quorumServer }: ClusterInitOptions,
): Promise<{
  readonly setups: readonly SetupNode[];
  readonly standing: ClusterStanding;
  readonly server: QuorumServer | undefined;
  readonly sbd: SbdStanding | undefined;
}> {
  const wrong = planProblems(plan);
  if (wrong.length > 0) refuse("the plan is not right", wrong);
  environment.progress(`Checking ${plan.nodes.length} nodes`);
  const names = plan.nodes.map((node) => node.name);
  const setups = await Promise.all(
    plan.nodes.map(async (planned): Promise<SetupNode> => {
      const access = nodes.find((node) => node.name === planned.name);
      if (access === undefined) throw new HavenError("cluster.unreachable", { node: planned.name });
      return { plan: planned, access, facts: await reachFacts(access, names), changed: [] };
    }),
  );
  const facts = new Map(setups.map((node) => [node.plan.name, node.facts]));
  const standing = checkNodes(plan, facts);
  const { server, problems: quorum } = await checkQuorumServer(plan, setups, quorumServer);
  const sbd = await readSbdStanding(plan, setups, plannedCorosync(plan, standing));
  const problems = [...standing.problems, ...quorum, ...(sbd?.problems ?? [])];
  if (problems.length > 0) refuse("the nodes are not ready", [...problems, ...standing.foreign.values()]);
  if (standing.foreign.size > 0 && !force) {
    const hint = "With --force they are taken over; what they had is kept in /var/lib/haven/replaced";
    refuse("nodes belong to something else", [...standing.foreign.values()], hint);
  }
  return { setups, standing, server, sbd };
}

async function reachFacts(access: NodeAccess, names: readonly string[]): Promise<NodeFacts> {
  try {
    const peers = names.filter((name) => name !== access.name);
    return await readNodeFacts(access, peers);
  } catch (cause) {
    throw new HavenError("cluster.unreachable", { node: access.name }, { cause });
  }
}

function refuse(what: string, problems: readonly string[], hint?: string): never {
  throw new HavenError("cluster.refused", { what, problems, hint });
}

/** The authority lives on the node that has it, else on the first one of the plan. */
async function clusterAuthority(plan: ClusterPlan, setups: readonly SetupNode[]): Promise<Authority> {
  const holder = setups.find((node) => node.facts.hasAuthority) ?? setups[0];
  if (holder === undefined) throw new HavenError("internal", { what: "a cluster without nodes" });
  const { authority, made } = await ensureAuthority(holder.access, plan.name);
  if (made) holder.changed.push("certificate authority");
  return authority;
}

/** New nodes all at once; members one after the other, so that libvirt never restarts on two at a time. */
async function inTurn<T>(
  setups: readonly SetupNode[],
  standing: ClusterStanding,
  work: (node: SetupNode) => Promise<T>,
): Promise<readonly T[]> {
  const isMember = (node: SetupNode): boolean => standing.members.has(node.plan.name);
  const results = await Promise.all(setups.filter((node) => !isMember(node)).map(work));
  for (const node of setups.filter(isMember)) results.push(await work(node));
  return results;
}

async function configurationInput(
  plan: ClusterPlan,
  setups: readonly SetupNode[],
  conf: CorosyncConf,
  warnings: string[],
): Promise<ConfigurationInput> {
  const every = (has: (facts: NodeFacts) => boolean): boolean => setups.every((node) => has(node.facts));
  const secretsBeside = every((facts) => facts.cibSecrets);
  if (!secretsBeside && plan.fencing.length > 0) {
    warnings.push("This Pacemaker cannot keep secrets beside the CIB: fence devices' passwords stand in it");
  }
  const hasAlert = every((facts) => facts.hasAlertAgent);
  if (!hasAlert) warnings.push(`${alertAgentPath} is not on all nodes: nobody is told of events`);
  const overcommit = plan.tuning?.cpuOvercommit ?? 4;
  const utilization = await Promise.all(
    setups.map(
      async ({ access, plan: planned }) =>
        [planned.name, await nodeUtilization(access, planned, overcommit)] as const,
    ),
  );
  return {
    plan,
    ids: new Map(conf.nodes.map(({ name, id }) => [name, id])),
    utilization: new Map(utilization),
    alertPath: hasAlert ? alertAgentPath : undefined,
    secretsBeside,
  };
}

async function nodeUtilization(
  access: NodeAccess,
  { utilization: given = {} }: PlanNode,
  overcommit: number,
): Promise<NodeUtilization> {
  const { memoryMiB, cpu } = given;
  if (memoryMiB !== undefined && cpu !== undefined) return { memoryMiB, cpu };
  const found = utilizationOf(await readNodeCapacity(access), overcommit);
  return { memoryMiB: memoryMiB ?? found.memoryMiB, cpu: cpu ?? found.cpu };
}

async function startPacemaker(node: SetupNode, standing: ClusterStanding): Promise<void> {
  const { access, facts, changed } = node;
  if (standing.members.has(node.plan.name) && facts.active.has("pacemaker")) return;
  await systemctl(access, "start", "pacemaker");
  changed.push("pacemaker");
}
