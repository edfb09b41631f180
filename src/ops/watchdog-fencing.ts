import type { Cib } from "../pacemaker/cib.ts";
import { pacemakerSeconds } from "./pacemaker-seconds.ts";

/** By what nodes without a device are fenced: each by its own watchdog, through SBD without a disk. */
export interface WatchdogFencing {
  /** How long after its loss a node counts as dead; undefined: Pacemaker chooses twice SBD's own timeout. */
  readonly seconds: number | undefined;
  /** Whether SBD runs, as Pacemaker has seen it on the node that decides; without it no node is fenced so. */
  readonly running: boolean;
}

/** What Pacemaker calls it where a device has a name. A fence device of another id is not its watchdog. */
export const watchdogDevice = "watchdog";

/** The agent of that device: it only tells of itself, Pacemaker does the rest. */
export const watchdogAgent = "fence_watchdog";

/**
 * How the configuration says that nodes fence themselves; undefined where it does not. Source: pacemaker-controld(7),
 * stonith-watchdog-timeout: 0 means never, a negative value twice SBD's timeout.
 */
export function watchdogFencing(cib: Cib): WatchdogFencing | undefined {
  const value = (cib.property("stonith-watchdog-timeout") ?? "0").trim();
  const seconds = value.startsWith("-") ? undefined : pacemakerSeconds(value);
  if (!value.startsWith("-") && (seconds ?? 0) <= 0) return undefined;
  return { seconds, running: cib.property("have-watchdog") === "true" };
}
