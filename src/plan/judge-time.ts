import type { MeasuredTimes, TimeoutVerdict } from "../contract/timeouts-report.ts";
import { vmDefaults } from "../vm/defaults.ts";

/** A slow day takes so many times as long as the slowest that was measured. */
export const slowDay = 1.5;
/** A time that is proposed is so many times the slowest, rounded up. */
const proposedTimes = 2;
/** Far more than anything has taken, and than is usual: then it is too long. */
const absurd = { times: 20, usual: 4, least: 5 } as const;

/** What is judged. */
export interface JudgedTime {
  readonly operation: string;
  /** Seconds. */
  readonly timeout: number;
  /** What follows from its failure: a stop's has the node fenced unless said. */
  readonly fences: boolean;
  /** How long the agent lets the guest shut down before it ends it by force; undefined for what is no VM's stop. */
  readonly guestSeconds?: number | undefined;
  readonly isVm: boolean;
  readonly measured: MeasuredTimes | undefined;
}

export interface Judgement {
  readonly verdict: TimeoutVerdict;
  readonly why?: string;
  readonly proposed?: number;
}

/** What is usual for a VM; for all else Pacemaker's agents ask for no more. Below half of it nothing is waited for. */
const usual: Readonly<Record<string, number>> = {
  start: vmDefaults.startTimeout,
  stop: vmDefaults.stopTimeout,
  monitor: vmDefaults.monitorTimeout,
  migrate_to: vmDefaults.migrateTimeout,
  migrate_from: vmDefaults.migrateTimeout,
  fence: 60,
};
const floorShare = 1 / 3;

/** Judges a time by what was measured: see docs/plan.md for the rules. */
export function judgeTime(judged: JudgedTime): Judgement {
  const { measured, timeout } = judged;
  if (measured === undefined) return unmeasured(judged);
  const risk = atRisk(judged, measured);
  if (risk !== undefined) return risk;
  const most = Math.max(absurd.usual * (usual[judged.operation] ?? 120), absurd.times * measured.max);
  if (measured.count >= absurd.least && timeout > most && measured.max > 0) {
    const proposed = Math.max(usual[judged.operation] ?? 120, roundedUp(proposedTimes * measured.max));
    const why = `the slowest of ${measured.count} took ${seconds(measured.max)}: what hangs is waited for ${seconds(timeout)}`;
    return { verdict: "long", why, proposed };
  }
  return { verdict: "well" };
}

function unmeasured({ isVm, operation, timeout }: JudgedTime): Judgement {
  const least = (usual[operation] ?? 0) * floorShare;
  if (!isVm || timeout >= least) return { verdict: "unmeasured" };
  const proposed = usual[operation] ?? timeout;
  return { verdict: "short", why: `nothing was measured, and ${seconds(proposed)} are usual`, proposed };
}

function atRisk(judged: JudgedTime, measured: MeasuredTimes): Judgement | undefined {
  const { timeout, fences, guestSeconds, operation } = judged;
  const bad = fences ? ("fence" as const) : ("fail" as const);
  if (measured.timedOut > 0) {
    const times = measured.timedOut === 1 ? "once" : `${measured.timedOut} times`;
    const proposed = roundedUp(Math.max(timeout * slowDay, proposedTimes * measured.max));
    return { verdict: bad, why: `it has taken longer than it may ${times}`, proposed };
  }
  if (measured.count === 0) return undefined;
  if (guestSeconds !== undefined) return ofStop(judged, measured, guestSeconds);
  if (measured.max * slowDay < timeout) return undefined;
  const what = operation === "fence" ? "the slowest" : `the slowest of ${measured.count}`;
  return {
    verdict: bad,
    why: `${what} took ${seconds(measured.max)}, half as long again is ${seconds(measured.max * slowDay)}`,
    proposed: roundedUp(proposedTimes * measured.max),
  };
}

/**
 * A VM's stop. The agent ends a guest that does not shut down, in good time before Pacemaker's timeout: what may be late
 * then is what comes after it. A guest that takes its time is ended by force on a slow day, long before its node is fenced.
 */
function ofStop(
  { timeout, fences }: JudgedTime,
  measured: MeasuredTimes,
  guestSeconds: number,
): Judgement | undefined {
  const { max, forced } = measured;
  const beyond = max - guestSeconds;
  if (beyond > 0 && guestSeconds + beyond * slowDay >= timeout) {
    const why = `after the guest's ${seconds(guestSeconds)} its end took ${seconds(beyond)}, and ${seconds(timeout - guestSeconds)} are left for it`;
    const proposed = roundedUp(guestSeconds + Math.max(beyond * proposedTimes, timeout - guestSeconds + 1));
    return { verdict: fences ? "fence" : "fail", why, proposed };
  }
  if (forced > 0 && beyond > 0) {
    const times = forced === 1 ? "once" : `${forced} times`;
    const why = `its guest did not shut down within ${seconds(guestSeconds)}, and was ended by force ${times}`;
    return { verdict: "force", why };
  }
  if (beyond > 0 || max * slowDay < guestSeconds) return undefined;
  const why = `the slowest of ${measured.count} took ${seconds(max)}; after ${seconds(guestSeconds)} its guest is ended by force`;
  // The last quarter, 45 s at the most and some seconds of the agent's own, is not the guest's.
  return { verdict: "force", why, proposed: roundedUp(proposedTimes * max + 50) };
}

/** A time that people would choose: tens of seconds, then half minutes, minutes, five minutes. */
export function roundedUp(value: number): number {
  const step = value <= 60 ? 10 : value <= 300 ? 30 : value <= 1800 ? 60 : 300;
  return Math.ceil(value / step - 1e-9) * step;
}

/** "0.4 s", "12 s", "1200 s" */
export function seconds(value: number): string {
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} s`;
}
