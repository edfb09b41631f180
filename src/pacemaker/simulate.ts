import type { Members } from "./read-members.ts";

/** What the scheduler would do to one resource instance. */
export interface ResourceAction {
  readonly kind:
    | "start"
    | "stop"
    | "move"
    | "migrate"
    | "restart"
    | "recover"
    | "reload"
    | "promote"
    | "demote"
    | "leave";
  /** The resource's id, with the instance for unique clones and promotable ones: "vm-web", "ping:1". */
  readonly resource: string;
  /** Where it runs before, for stop, move, migrate, restart. */
  readonly from?: string;
  /** Where it runs after, for start, move, migrate, restart. */
  readonly to?: string;
  /** The scheduler's reason where it gave one: "unrunnable", "due to node availability", "blocked". */
  readonly reason?: string;
  /** The scheduler wants it, but it cannot be done (a needed stop or fencing cannot happen). */
  readonly blocked?: boolean;
}

/** What follows from a CIB, as Pacemaker's own scheduler says it. */
export interface Transition {
  /** Changes to resources, in the scheduler's order. `leave` (nothing happens) is not among them. */
  readonly actions: readonly ResourceAction[];
  /** Nodes that would be fenced, with the reason. */
  readonly fenced: readonly { readonly node: string; readonly reason?: string }[];
  /** The cluster that the scheduler was given: the configuration as it would be, with what runs now. */
  readonly given?: Members;
  /** Scores by resource and node, only where asked for. */
  readonly scores?: ReadonlyMap<string, ReadonlyMap<string, number>>;
}
