import { configValue } from "../host/config-lines.ts";
import { sbdDefaults } from "../host/sbd-defaults.ts";
import type { SbdDeviceFact, SbdFacts } from "../host/sbd-facts.ts";
import type { CorosyncConf } from "../pacemaker/corosync.ts";
import type { ClusterPlan, SbdPlan } from "./cluster-plan.ts";
import { type SbdTimes, sbdTimes } from "./sbd-times.ts";

/** What is wrong with a plan's SBD before any node was asked. */
export function sbdPlanProblems(plan: ClusterPlan): readonly string[] {
  const { sbd, nodes, quorumDevice } = plan;
  if (sbd === undefined) return [];
  const problems: string[] = [];
  if (sbd.devices.length === 0 && nodes.length === 2 && quorumDevice === undefined) {
    problems.push(
      "SBD without a shared disk cannot fence two nodes: of two that lose each other each has quorum alone, and neither resets itself; give it devices, or the nodes a third vote",
    );
  }
  if (new Set(sbd.devices).size !== sbd.devices.length) problems.push("A device of SBD is there twice");
  return problems;
}

/** What a set-up with SBD starts from. */
export interface SbdStanding {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly times: SbdTimes;
  /** Devices that hold nothing on any node yet. */
  readonly empty: readonly string[];
}

/**
 * Judges what was found of SBD on the nodes against the plan. Pure.
 *
 * @param facts By node name
 * @param corosync As it will be
 */
export function checkSbd(
  sbd: SbdPlan,
  facts: ReadonlyMap<string, SbdFacts>,
  corosync: Pick<CorosyncConf, "tokenMs" | "nodes" | "quorumDevice">,
): SbdStanding {
  const times = sbdTimes(sbd.timeoutS, corosync);
  const each = [...facts].flatMap(([name, fact]) => nodeProblems(sbd, name, fact, times));
  const devices = sbd.devices.map((device) => ({
    device,
    found: [...facts].flatMap(([name, fact]): readonly (readonly [string, SbdDeviceFact])[] => {
      const one = fact.devices.get(device);
      return one === undefined ? [] : [[name, one]];
    }),
  }));
  const problems = [...each, ...devices.flatMap(({ device, found }) => deviceProblems(sbd, device, found))];
  const warnings = [...facts].flatMap(([name, { defaults }]) =>
    /(^|\s)-\w*T/.test(configValue(defaults, "SBD_OPTS") ?? "")
      ? [`SBD on ${name} does not set its watchdog's timeout (-T): it must bite within ${sbd.timeoutS} s`]
      : [],
  );
  const empty = devices
    .filter(({ found }) => found.length > 0 && found.every(([, { kind }]) => kind === "empty"))
    .map(({ device }) => device);
  return { problems, warnings, times, empty };
}

function nodeProblems(sbd: SbdPlan, name: string, fact: SbdFacts, times: SbdTimes): readonly string[] {
  const problems: string[] = [];
  if (!fact.installed) problems.push(`${name} lacks SBD: apt-get install sbd`);
  if (sbd.devices.length > 0 && !fact.hasFenceAgent) {
    problems.push(`${name} lacks fence_sbd: apt-get install fence-agents-sbd (Debian 12: fence-agents)`);
  }
  if (!fact.hasWatchdog) {
    problems.push(
      `${name} has no ${sbd.watchdog}: load the driver of its board's watchdog, or modprobe softdog, and name it in /etc/modules-load.d/watchdog.conf`,
    );
  }
  const wanted = sbdDefaults(fact.defaults, { ...sbd, delayStartS: times.delayStart });
  if (fact.active && fact.defaults !== wanted) {
    problems.push(
      `SBD runs on ${name} with other settings than the plan's, and reads them only when it starts: end the cluster there first (systemctl stop pacemaker corosync)`,
    );
  }
  return problems;
}

type Found = readonly (readonly [string, SbdDeviceFact])[];

/** A device that is not the same everywhere, or is somebody's, is never written to. */
function deviceProblems(sbd: SbdPlan, device: string, found: Found): readonly string[] {
  const problems: string[] = [];
  for (const [name, fact] of found) {
    if (fact.kind === "missing") problems.push(`${name} has no block device ${device}`);
    if (fact.kind === "foreign") {
      problems.push(`${device} on ${name} is not for SBD: ${fact.what}; what is on it is never overwritten`);
    }
    if (fact.kind === "sbd" && fact.watchdogS !== sbd.timeoutS) {
      problems.push(
        `${device} was made for a watchdog of ${fact.watchdogS} s, which counts, not ${sbd.timeoutS}: set timeout-seconds: ${fact.watchdogS}, or make it anew with sbd create while no node uses it`,
      );
    }
    if (fact.kind === "sbd" && fact.msgwaitS < 2 * fact.watchdogS) {
      problems.push(
        `${device} holds a node for dead after ${fact.msgwaitS} s (msgwait), less than twice its watchdog's ${fact.watchdogS} s`,
      );
    }
  }
  if (problems.length > 0) return problems;
  const ids = new Map(found.map(([name, fact]) => [fact.kind === "sbd" ? fact.uuid : "empty", name]));
  if (ids.size > 1) problems.push(`${device} is not the same device on ${[...ids.values()].join(" and ")}`);
  return problems;
}
