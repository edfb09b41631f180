import { hostname } from "node:os";
import { printError } from "../base/errors.ts";
import { configValue } from "../host/config-lines.ts";
import { sbdDefaultsPath } from "../host/sbd-defaults.ts";
import type { Libvirt } from "../libvirt/client.ts";
import { readSmallFile } from "../libvirt/small-files.ts";
import type { Cib } from "../pacemaker/cib.ts";
import { type CorosyncConf, readCorosyncConf } from "../pacemaker/corosync.ts";
import type { QuorumStatus } from "../pacemaker/quorum.ts";
import type { Environment } from "./environment.ts";
import type { FenceHost } from "./fence-devices.ts";
import { sbdTimes } from "./sbd-times.ts";
import { watchdogDevice, watchdogFencing } from "./watchdog-fencing.ts";

/** The watchdog as a fence device, as it was asked for. */
export interface WatchdogRequest {
  readonly hosts: readonly FenceHost[];
  readonly id?: string | undefined;
  readonly level?: number | undefined;
}

/**
 * What keeps the watchdog from being a fence device here, as far as the configuration and the votes say. Each line says
 * what to type.
 *
 * @param quorum Undefined where corosync does not answer: two nodes then count as having quorum alone
 */
export function watchdogProblems(
  cib: Cib,
  request: WatchdogRequest,
  quorum: QuorumStatus | undefined,
): readonly string[] {
  return [...requestProblems(cib, request), ...clusterProblems(cib, quorum)];
}

function requestProblems(cib: Cib, { hosts, id, level }: WatchdogRequest): readonly string[] {
  const problems: string[] = [];
  if (id !== undefined && id !== watchdogDevice) {
    problems.push(`--id: Pacemaker knows this device by the name ${watchdogDevice} only, found ${id}`);
  }
  if (level !== undefined) problems.push("--level: the watchdog is the last level always; leave it out");
  const plugged = hosts.find(({ plugs }) => plugs.length > 0);
  if (plugged !== undefined) problems.push(`A watchdog has no outlets: --for ${plugged.node}`);
  // The fencer of a node that is not named would let it be started there, and fail; a node that it is kept off takes
  // every node for one that its watchdog resets (fencer, stonith_watchdog_targets).
  const left = membersOf(cib).filter((name) => !hosts.some(({ node }) => node === name));
  if (hosts.length > 0 && left.length > 0) {
    const more = left.map((name) => `--for ${name}`).join(" ");
    problems.push(`Pacemaker starts the watchdog's device on any node: name all of them, ${more} too`);
  }
  return problems;
}

function clusterProblems(cib: Cib, quorum: QuorumStatus | undefined): readonly string[] {
  const problems: string[] = [];
  const fencing = watchdogFencing(cib);
  if (fencing === undefined) {
    const hasDisks = cib.resources.some(({ element }) => element.get("type") === "fence_sbd");
    problems.push(
      hasDisks
        ? "SBD has shared disks here, and a node that can read them goes on without quorum: its device is fence_sbd (haven fence add sbd)"
        : "No node is reset by its watchdog here (stonith-watchdog-timeout is not set): put sbd without devices into the cluster's file, then haven cluster init",
    );
  } else if (!fencing.running) {
    problems.push(
      "SBD does not run on the node that decides (have-watchdog is not true): haven cluster init with the file's sbd",
    );
  }
  const version = cib.property("dc-version") ?? "";
  if (!waitsForWatchdog(version)) {
    const found = version === "" ? "an unknown one" : version.replace(/-.*$/, "");
    problems.push(
      `As a level the watchdog needs Pacemaker 2.1.6, found ${found}: an older one gives up while it waits. Nodes that have no device are reset by their watchdogs all the same`,
    );
  }
  const policy = cib.property("no-quorum-policy") ?? "stop";
  if (!/^(stop|freeze|suicide|fence)$/.test(policy)) {
    problems.push(
      `no-quorum-policy is ${policy}, while the others count on it that a node without quorum resets itself: crm_attribute --name no-quorum-policy --update stop`,
    );
  }
  if (quorum?.twoNode ?? membersOf(cib).length === 2) {
    problems.push(
      "Of two nodes that lose each other each has quorum alone, and neither resets itself: give the cluster a third vote (docs/quorum.md)",
    );
  }
  return problems;
}

function membersOf(cib: Cib): readonly string[] {
  return cib.nodes.filter(({ type }) => type === "member").map(({ name }) => name);
}

/**
 * Whether this Pacemaker waits long enough for the watchdog of a node that it has lost, where that is a level. The node
 * that decides has the oldest version of all. Source: Pacemaker's "fix watchdog-fencing with topology" (its pull request
 * 3026), which came with 2.1.6.
 */
function waitsForWatchdog(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = (/^\d+\.\d+\.\d+/.exec(version)?.[0] ?? "")
    .split(".")
    .map(Number);
  return major > 2 || (major === 2 && (minor > 1 || (minor === 1 && patch >= 6)));
}

/** For each call: a node may hang. */
const patienceMs = 10_000;

/**
 * What of the nodes' own SBD keeps the others from counting on it: one that has none, or disks, or that may need longer
 * than the others wait. That SBD runs on a node that is online Pacemaker sees to itself: with stonith-watchdog-timeout its
 * controller ends where it does not (pacemaker-controld(7)).
 *
 * @param force Also where a node is not online or does not answer
 */
export async function watchdogNodeProblems(
  environment: Environment,
  cib: Cib,
  { force }: { readonly force: boolean },
): Promise<readonly string[]> {
  const fencing = watchdogFencing(cib);
  if (!environment.isLive || fencing === undefined) return [];
  const { pacemaker, signal } = environment;
  const { nodes } = await pacemaker.status({ signal, fenceHistory: "none", attributes: false });
  const corosync = await corosyncHere(environment);
  const each = membersOf(cib).map(async (node): Promise<string | undefined> => {
    if (nodes.find(({ name }) => name === node)?.online !== true) {
      return force ? undefined : `${node} is not online, and nobody knows of its SBD: bring it back first`;
    }
    try {
      const libvirt = await environment.libvirt(node === hostname() ? undefined : node);
      return sbdProblem(node, await readFile(libvirt, sbdDefaultsPath), fencing.seconds, corosync);
    } catch (error) {
      return force ? undefined : `${node} could not be asked for its SBD: ${printError(error)}`;
    }
  });
  return (await Promise.all(each)).filter((problem) => problem !== undefined);
}

/** What is wrong with a node's /etc/default/sbd. */
function sbdProblem(
  node: string,
  defaults: string | undefined,
  seconds: number | undefined,
  corosync: CorosyncConf,
): string | undefined {
  if (defaults === undefined) {
    return `${node} has no SBD (${sbdDefaultsPath} is not there): put sbd into the cluster's file, then haven cluster init`;
  }
  const devices = configValue(defaults, "SBD_DEVICE") ?? "";
  if (devices !== "")
    return `SBD on ${node} has a disk (${devices}), and goes on without quorum while it reads that`;
  // SBD's own default.
  const own = Number(configValue(defaults, "SBD_WATCHDOG_TIMEOUT") ?? 5);
  if (!(own > 0)) return `${node}: SBD_WATCHDOG_TIMEOUT in ${sbdDefaultsPath} is no number of seconds`;
  const needs = sbdTimes(own, corosync).stonithWatchdog;
  const has = seconds ?? 2 * own;
  if (has >= needs) return undefined;
  return `stonith-watchdog-timeout is ${has} s, and ${node} may need ${needs} s to be reset after the others have lost it (its watchdog has ${own} s): crm_attribute --name stonith-watchdog-timeout --update ${needs}s`;
}

async function corosyncHere(environment: Environment): Promise<CorosyncConf> {
  const path = "/etc/corosync/corosync.conf";
  return readCorosyncConf((await readFile(await environment.libvirt(), path)) ?? "", path);
}

async function readFile(libvirt: Libvirt, path: string): Promise<string | undefined> {
  const cut = path.lastIndexOf("/");
  return await readSmallFile(libvirt, path.slice(0, cut), path.slice(cut + 1), { timeoutMs: patienceMs });
}
