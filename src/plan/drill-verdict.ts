import type { DrillReport, DrillTrial, DrillVerdict } from "../contract/drill-report.ts";

/** What was foreseen of a VM and what was seen. */
export interface Outcome {
  /** The node on which it was to run afterwards; null: none. */
  readonly foreseen: string | null;
  /** Whether anything was foreseen to happen to it. */
  readonly affected: boolean;
  readonly place: string | null;
  /** How long it did not run; null: it does not run, or it never stopped. */
  readonly seconds: number | null;
}

/** @param within Seconds in which it is to run again; null: no limit */
export function drillVerdict(
  { foreseen, affected, place, seconds }: Outcome,
  within: number | null,
): DrillVerdict {
  if (foreseen === null) return place === null ? "down-as-foreseen" : "unforeseen";
  if (place === null) return "not-recovered";
  if (within !== null && seconds !== null && seconds > within) return "late";
  if (place !== foreseen) return "elsewhere";
  return affected || seconds === null ? "as-foreseen" : "unforeseen";
}

const failures: readonly DrillVerdict[] = ["late", "not-recovered", "unknown"];

/** Whether a verdict makes a drill fail. */
export function isDrillFailure(verdict: DrillVerdict): boolean {
  return failures.includes(verdict);
}

/** Whether every VM that should have run again did, in time, and none ever twice. */
export function drillPassed({ complete, trials }: Pick<DrillReport, "complete" | "trials">): boolean {
  return complete && trials.every(trialPassed);
}

/** The same of one trial. */
export function trialPassed({ what, finished, oneWriter, vms }: DrillTrial): boolean {
  // A move that ends on another node than it was to has failed, unlike a recovery.
  const fails = (verdict: DrillVerdict): boolean =>
    isDrillFailure(verdict) || (what === "move" && verdict === "elsewhere");
  return finished && oneWriter !== false && !vms.some(({ verdict }) => fails(verdict));
}

/** A drill in numbers. */
export interface DrillSummary {
  readonly trials: number;
  /** VMs that stopped, each as often as it did. */
  readonly losses: number;
  readonly recovered: number;
  readonly asForeseen: number;
  /** Whose place was foreseen to be nowhere, and was. */
  readonly down: number;
  readonly failed: number;
  /** Seconds; null where none has stopped and run again. */
  readonly median: number | null;
  readonly longest: number | null;
}

/** Counts what happened to VMs in trials. */
export function drillSummary(trials: readonly DrillTrial[]): DrillSummary {
  const vms = trials.flatMap((trial) => trial.vms);
  const times = vms.flatMap(({ seconds }) => seconds ?? []).toSorted((a, b) => a - b);
  const count = (...verdicts: readonly DrillVerdict[]): number =>
    vms.filter(({ verdict }) => verdicts.includes(verdict)).length;
  return {
    trials: trials.length,
    losses: vms.length,
    recovered: vms.filter(({ place }) => place !== null).length,
    asForeseen: count("as-foreseen"),
    down: count("down-as-foreseen"),
    failed: count(...failures),
    median: times.length === 0 ? null : middle(times),
    longest: times.at(-1) ?? null,
  };
}

function middle(sorted: readonly number[]): number {
  const half = sorted.length / 2;
  const [low = 0, high = 0] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  return (low + high) / 2;
}
