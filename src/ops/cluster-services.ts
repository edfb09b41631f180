import type { Clock } from "../base/clock.ts";
import { HavenError, isHavenError } from "../base/errors.ts";
import { execFailed } from "../base/exec.ts";
import { poll } from "../base/poll.ts";
import type { NodeAccess } from "../host/node-access.ts";
import { livePacemaker, type Pacemaker } from "../pacemaker/live.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";

/** What waiting needs. */
export interface ServiceEnvironment {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  progress(text: string): void;
}

const corosyncSeconds = 30;
const libvirtSeconds = 60;
const memberSeconds = 60;

/** Pacemaker's tools as they answer on that node. */
export function pacemakerOn(node: NodeAccess, signal?: AbortSignal): Pacemaker {
  return livePacemaker({
    exec: (argv, options) => node.exec(argv, options),
    ...(signal === undefined ? {} : { signal }),
  });
}

/**
 * Runs systemctl there; a unit that fails to start gives its daemon's last words.
 *
 * @throws HavenError exec.failed
 */
export async function systemctl(
  node: NodeAccess,
  verb: "start" | "stop" | "restart" | "enable" | "disable" | "daemon-reload",
  ...units: readonly string[]
): Promise<void> {
  const argv = ["systemctl", verb, ...units];
  const result = await node.exec(argv, { timeoutMs: 120_000 });
  if (result.code === 0) return;
  const failed = execFailed(argv, result);
  const unit = units.find((name) => /^(corosync|corosync-q[a-z]+|pacemaker|libvirtd)$/.test(name));
  if (unit === undefined) throw failed;
  throw new HavenError(
    "cluster.start",
    { what: `${unit} did not start on ${node.name}`, seconds: 120, log: await logTail(node, unit) },
    { cause: failed },
  );
}

/**
 * Waits until corosync on every node counts all of them as members.
 *
 * @throws HavenError cluster.start
 */
export async function waitForMembers(
  nodes: readonly NodeAccess[],
  environment: ServiceEnvironment,
): Promise<void> {
  await Promise.all(
    nodes.map(async (node) => {
      const seconds = corosyncSeconds;
      const { clock, signal } = environment;
      const seen = await poll(
        async () => {
          const result = await node.exec(["corosync-quorumtool", "-s"]);
          return /^Quorate:\s+Yes/m.test(result.stdout) && membersIn(result.stdout) >= nodes.length;
        },
        { timeoutMs: seconds * 1000, intervalMs: 100, clock, signal },
      );
      if (seen !== undefined) return;
      const last = membersIn((await node.exec(["corosync-quorumtool", "-s"])).stdout);
      throw new HavenError("cluster.start", {
        what: `corosync on ${node.name} saw ${last} of ${nodes.length} nodes`,
        seconds,
        log: await logTail(node, "corosync"),
      });
    }),
  );
}

/**
 * Waits until libvirt answers there: its socket may be there before anybody listens.
 *
 * @throws HavenError cluster.start
 */
export async function waitForLibvirt(node: NodeAccess, environment: ServiceEnvironment): Promise<void> {
  const seconds = libvirtSeconds;
  const { clock, signal } = environment;
  const answers = await poll(
    async () => (await node.exec(["virsh", "--connect", "qemu:///system", "version"])).code === 0,
    { timeoutMs: seconds * 1000, intervalMs: 100, clock, signal },
  );
  if (answers !== undefined) return;
  const log = await logTail(node, "libvirtd");
  throw new HavenError("cluster.start", { what: `libvirt on ${node.name} did not answer`, seconds, log });
}

/** The number of members in the output of corosync-quorumtool -s. */
export function membersIn(text: string): number {
  return Number(/^Nodes:\s+(\d+)/m.exec(text)?.[1] ?? 0);
}

/**
 * Waits until Pacemaker has quorum, a DC, and all those nodes online.
 *
 * @param extraSeconds Added to the limit: dc-deadtime
 * @throws HavenError cluster.start
 */
export async function waitForCluster(
  names: readonly string[],
  node: NodeAccess,
  environment: ServiceEnvironment,
  extraSeconds: number,
): Promise<ClusterStatus> {
  const { clock, signal } = environment;
  const pacemaker = pacemakerOn(node, signal);
  const seconds = memberSeconds + extraSeconds;
  let last: ClusterStatus | undefined;
  const ready = await poll(
    async () => {
      last = (await statusOrNone(pacemaker)) ?? last;
      if (last === undefined) return undefined;
      environment.progress(`Waiting for the cluster: ${missingText(last, names)}`);
      return isReady(last, names) ? last : undefined;
    },
    { timeoutMs: seconds * 1000, intervalMs: 150, clock, signal },
  );
  if (ready !== undefined) return ready;
  throw new HavenError("cluster.start", {
    what: `Pacemaker did not come up (${last === undefined ? "it does not answer" : missingText(last, names)})`,
    seconds,
    log: await logTail(node, "pacemaker"),
  });
}

async function statusOrNone(pacemaker: Pacemaker): Promise<ClusterStatus | undefined> {
  try {
    return await pacemaker.status({
      attributes: false,
      bans: false,
      fenceHistory: "none",
      timeoutMs: 10_000,
    });
  } catch (error) {
    // Daemons that are still starting refuse, hang up or answer half.
    if (isHavenError(error) && error.code !== "interrupted" && error.code !== "exec.missing")
      return undefined;
    throw error;
  }
}

/** True when the cluster has quorum, a DC, and all of these nodes online. */
export function isReady(status: ClusterStatus, names: readonly string[]): boolean {
  return status.quorum && status.dc !== undefined && names.every((name) => isOnline(status, name));
}

function isOnline(status: ClusterStatus, name: string): boolean {
  const node = status.nodes.find((one) => one.name === name);
  return node?.online === true && !node.pending && !node.unclean;
}

function missingText(status: ClusterStatus, names: readonly string[]): string {
  const left = names.filter((name) => !isOnline(status, name));
  if (!status.quorum) return "no quorum yet";
  if (status.dc === undefined) return "no DC yet";
  return left.length === 0 ? "all nodes are online" : `${left.join(", ")} not online yet`;
}

const logFiles: Readonly<Record<string, string>> = {
  corosync: "/var/log/corosync/corosync.log",
  pacemaker: "/var/log/pacemaker/pacemaker.log",
};

/** The end of a daemon's log, with its name; from the journal where it has no file. */
export async function logTail(node: NodeAccess, unit: string): Promise<string> {
  const file = logFiles[unit];
  const argv =
    file === undefined
      ? ["journalctl", "--no-pager", "--lines=15", `--unit=${unit}`]
      : ["tail", "-n", "15", file];
  const result = await node.exec(argv).catch(() => undefined);
  const text = result?.stdout.trim() ?? "";
  return `${file ?? `the journal of ${unit}`} on ${node.name}:\n${text === "" ? "(nothing)" : text}`;
}
