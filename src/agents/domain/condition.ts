import { domainState, pausedReason } from "../../libvirt/constants.ts";

/** What a domain's state and reason mean to the agent. See docs/agent.md. */
export type Condition =
  /** The guest's processors run. */
  | "running"
  /** Stands still because somebody, or an operation of libvirt's, wanted it to. */
  | "suspended"
  | "pm-suspended"
  /** Stands still because a disk gave an error, a full one above all. */
  | "io-error"
  /** Stands still for a moment: a snapshot, dump or save. */
  | "busy"
  /** Stands still for a migration, out or in. */
  | "migrating"
  /** libvirt is starting it, or cannot say yet. */
  | "starting"
  /** The guest has shut down, its process is about to end. */
  | "ending"
  /** The guest has crashed, its process is kept. */
  | "crashed"
  /** No process: a persistent definition of it. */
  | "off";

const pausedConditions: Readonly<Record<number, Condition>> = {
  [pausedReason.unknown]: "suspended",
  [pausedReason.user]: "suspended",
  [pausedReason.migration]: "migrating",
  [pausedReason.save]: "busy",
  [pausedReason.dump]: "busy",
  [pausedReason.ioError]: "io-error",
  [pausedReason.watchdog]: "suspended",
  [pausedReason.fromSnapshot]: "suspended",
  [pausedReason.shuttingDown]: "ending",
  [pausedReason.snapshot]: "busy",
  [pausedReason.crashed]: "crashed",
  [pausedReason.startingUp]: "starting",
  [pausedReason.postcopy]: "migrating",
  [pausedReason.postcopyFailed]: "migrating",
  [pausedReason.apiError]: "suspended",
};

const conditions: Readonly<Record<number, Condition>> = {
  [domainState.noState]: "starting",
  [domainState.running]: "running",
  [domainState.blocked]: "running",
  [domainState.shutdown]: "ending",
  [domainState.shutoff]: "off",
  [domainState.crashed]: "crashed",
  [domainState.pmSuspended]: "pm-suspended",
};

/** The condition of a state (virDomainState) and its reason. States yet unknown exist: they count as starting. */
export function conditionOf(state: number, reason: number): Condition {
  if (state === domainState.paused) return pausedConditions[reason] ?? "suspended";
  return conditions[state] ?? "starting";
}
