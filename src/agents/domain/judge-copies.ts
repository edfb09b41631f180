import type { Condition } from "./condition.ts";

/** What is known of the two copies of a domain whose migration has ended, and of which none is under way here. */
export interface Copies {
  /** Which side this node is of what the mark says; another node than both knows nothing of either. */
  readonly side: "source" | "target" | "neither";
  readonly here: Condition;
  readonly there: Condition | "absent" | "silent";
  /** The operation knows that the guest was handed over just now: migrate_from, after migrate_to's success. */
  readonly handedOver: boolean;
}

/** What brings two copies to one. */
export type Verdict = "destroy-here" | "destroy-there" | "take-over" | "runs-here" | "undecided";

/** Conditions in which the source's copy is certainly the guest itself, standing or not. */
const kept: readonly string[] = ["running", "suspended", "io-error"];

/** Conditions in which the destination's copy has never run. */
const arrived: readonly string[] = ["suspended", "migrating", "starting"];

/**
 * Which copy is given up, and whether the other goes on. A copy at the destination is resumed only as the end of
 * its own migration: found later, that the source has none may as well mean that the guest has long been started
 * anew elsewhere. Nothing is destroyed that may be the only one, or may have run.
 */
export function judgeCopies({ side, here, there, handedOver }: Copies): Verdict {
  if (side === "neither" || there === "silent") {
    return side === "source" && here === "running" ? "runs-here" : "undecided";
  }
  const gone = there === "absent" || there === "off";
  if (side === "target") {
    if (gone) return handedOver ? "take-over" : "undecided";
    return kept.includes(there) && arrived.includes(here) ? "destroy-here" : "undecided";
  }
  if (gone) return here === "suspended" || here === "migrating" ? "take-over" : "runs-here";
  if (there === "running") return arrived.includes(here) ? "destroy-here" : "undecided";
  return arrived.includes(there) ? "destroy-there" : "undecided";
}
