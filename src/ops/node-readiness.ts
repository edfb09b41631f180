import type { StatusReadinessReason } from "../contract/status-report.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import { canShoot, type FenceDevice } from "./fence-devices.ts";
import type { PowerTest, ReachTest } from "./fence-test-record.ts";
import { pacemakerSeconds } from "./pacemaker-seconds.ts";
import { plainId, wantedStopped } from "./status-resource.ts";
import { type WatchdogFencing, watchdogDevice } from "./watchdog-fencing.ts";
import type { WatchdogLevelProblem } from "./watchdog-levels.ts";

/** After so many days a test is no evidence any more: boards die, passwords change. */
export const testAgeDays = 90;
const dayMs = 86_400_000;
/** How far the clock of the node that wrote a time may be ahead. */
const skewMs = dayMs;
/** Pacemaker's default of stonith-timeout, seconds. */
const usualTimeout = 60;

/** How a node would be shot, and what is known about that. */
export interface Shooting {
  readonly node: string;
  /** The devices of each step of its escalation. */
  readonly steps: readonly (readonly string[])[];
  readonly devices: readonly FenceDevice[];
  readonly status: ClusterStatus;
  /** How nodes are reset by their watchdogs, those without a step too; undefined: they are not. */
  readonly watchdog?: WatchdogFencing | undefined;
  /** Why Pacemaker may not come to the watchdog behind the node's other devices. */
  readonly watchdogProblem?: WatchdogLevelProblem | undefined;
  readonly test: PowerTest | undefined;
  readonly reach: ReachTest | undefined;
  readonly defaults: {
    /** What the cluster does to a node that it fences. */
    readonly action: "off" | "reboot";
    /** `stonith-timeout` as it is set. */
    readonly timeout: string | undefined;
  };
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Why a step of the escalation would not work now, as far as its devices go; empty where nothing is known against it. */
export function stepReasons(shooting: Shooting, step: readonly string[]): readonly StatusReadinessReason[] {
  const { node } = shooting;
  for (const id of step) {
    const device = shooting.devices.find((one) => one.id === id);
    if (device === undefined || !canShoot(device, node)) {
      const why = device === undefined ? "is not there" : `does not shoot ${node}`;
      return [
        {
          code: "no-device",
          text: `no device can shoot it: ${id} ${why}`,
          next: `haven fence levels ${node}`,
        },
      ];
    }
    if (device.agent === "fence_haven_manual") {
      return [{ code: "person-only", text: "only a person can switch it off" }];
    }
  }
  const watched = step.includes(watchdogDevice) ? watchdogReasons(shooting) : [];
  return watched.length > 0 ? watched : step.flatMap((id) => deviceReasons(shooting, id));
}

/** Why a node would not be reset by its watchdog in time, or not be waited for. */
export function watchdogReasons({ watchdog, watchdogProblem }: Shooting): readonly StatusReadinessReason[] {
  if (watchdog?.running !== true) {
    const text = "it would be fenced by its own watchdog only, and SBD does not run";
    return [{ code: "no-watchdog", text, next: "Run haven cluster init with the plan's sbd again" }];
  }
  if (watchdogProblem === undefined) return [];
  return [{ code: "no-watchdog", text: watchdogProblem.text, next: watchdogProblem.next }];
}

function deviceReasons({ node, status, reach }: Shooting, id: string): readonly StatusReadinessReason[] {
  const resource = status.resources.find((one) => plainId(one.id) === id);
  if (resource !== undefined && wantedStopped(resource)) {
    const next = `crm_resource --resource ${id} --meta --delete-parameter target-role`;
    return [{ code: "device-off", text: `${id} is switched off`, next }];
  }
  const failure = status.failures.find((failed) => plainId(failed.resource) === id);
  if (failure !== undefined || resource?.failed === true) {
    const from = failure === undefined ? "" : ` from ${failure.node}`;
    const next = `Mend it, then: crm_resource --cleanup --resource ${id}`;
    return [{ code: "device-failed", text: `the last check of ${id}${from} failed`, next }];
  }
  const missed = reach?.reaches.find(({ device }) => device === id)?.notFrom ?? [];
  if (missed.length === 0) return [];
  const where = missed.length > 3 ? `${missed.length} nodes` : missed.join(" and ");
  return [
    {
      code: "unreachable",
      text: `${id} did not answer as it should when asked from ${where}`,
      next: `Mend it, then: haven fence test ${node}`,
    },
  ];
}

/** What a step lacks as evidence: that it has shot the node, lately, and that its timeouts are long enough for it. */
export function testReasons(shooting: Shooting, step: readonly string[]): readonly StatusReadinessReason[] {
  const { node, test, now } = shooting;
  const next = `haven fence test ${node} --power`;
  if (test === undefined || test.time > now + skewMs) {
    return [{ code: "not-tested", text: "its fencing was never tested", next }];
  }
  const day = new Date(test.time).toISOString().slice(0, 10);
  if (!test.ok) {
    const why = test.why === undefined ? "" : `: ${test.why}`;
    return [{ code: "test-failed", text: `the test of its fencing on ${day} failed${why}`, next }];
  }
  const fresh = step.filter((id) => !test.devices.includes(id));
  if (fresh.length > 0) {
    return [{ code: "not-tested", text: `its fencing was not tested with ${fresh.join(" and ")}`, next }];
  }
  const days = Math.floor((now - test.time) / dayMs);
  if (days >= testAgeDays) {
    return [{ code: "test-old", text: `its fencing was not tested for ${days} days`, next }];
  }
  return timeoutReasons(shooting, step, test);
}

/** The devices of a step are asked one after the other. */
function timeoutReasons(
  { devices, defaults }: Shooting,
  step: readonly string[],
  { offSeconds }: PowerTest,
): readonly StatusReadinessReason[] {
  // Its time is fixed, and waited for in full.
  if (step.includes(watchdogDevice)) return [];
  const { action } = defaults;
  const allowed = step.map((id) => {
    const own = devices.find((one) => one.id === id)?.parameters.get(`pcmk_${action}_timeout`);
    return pacemakerSeconds(own) ?? pacemakerSeconds(defaults.timeout) ?? usualTimeout;
  });
  const sum = allowed.reduce((a, b) => a + b, 0);
  if (offSeconds === undefined || offSeconds <= sum) return [];
  const what = step.length === 1 ? `${step[0]} has` : `${step.join(" and ")} have`;
  return [
    {
      code: "timeout",
      text: `${what} ${sum} s to switch it off, and took ${offSeconds} s in the last test`,
      next: `Raise pcmk_${action}_timeout of ${step.join(" and ")}`,
    },
  ];
}
