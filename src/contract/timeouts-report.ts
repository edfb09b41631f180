/** How long something has taken, in seconds. */
export interface MeasuredTimes {
  /** How often it was measured and came to an end. */
  readonly count: number;
  readonly max: number;
  /** Nineteen of twenty took no longer. */
  readonly p95: number;
  /** How often Pacemaker ended it since its time was over. */
  readonly timedOut: number;
  /** Stops of VMs that ended the guest by force: they take as long as the guest is given. */
  readonly forced: number;
}

/**
 * `fence`: on a slow day its node would be fenced. `force`: its guest would be ended by force. `fail`: the operation
 * would fail. `short`: nothing was measured, and it is less than is usual. `long`: what hangs is waited for far longer than
 * anything has taken.
 */
export type TimeoutVerdict = "fence" | "force" | "fail" | "short" | "long" | "well" | "unmeasured";

/** One operation of a resource, or the fencing of a node, with its time. */
export interface TimeoutEntry {
  /** A VM's name, another resource's id, a node's name. */
  readonly name: string;
  readonly what: "vm" | "resource" | "node";
  /** As Pacemaker calls it: start, stop, monitor, migrate_to, migrate_from; of a node: fence. */
  readonly operation: string;
  /** Seconds. */
  readonly timeout: number;
  /** The element of the configuration that says so: an operation's id, a property, a device's parameter. */
  readonly object: string;
  /** Whether it holds for others, too. */
  readonly shared: boolean;
  readonly measured?: MeasuredTimes;
  readonly verdict: TimeoutVerdict;
  /** Why, in words; left out where it is well. */
  readonly why?: string;
  /** A better time, in seconds. */
  readonly proposed?: number;
}

/** One time that is proposed, for all that it holds for. */
export interface TimeoutProposal {
  readonly object: string;
  /** Seconds. */
  readonly before: number;
  readonly after: number;
  /** Those whom it is for, and those who get it with them. */
  readonly because: readonly string[];
  /** Where a VM's own specification says it: the VM, and the field. */
  readonly spec?: { readonly vm: string; readonly field: string; readonly seconds: number };
  /** What makes it what it was, where it is written. */
  readonly undo: string;
}

/** The times of operations and of fencing, beside how long they have taken. */
export interface TimeoutsReport {
  /** A slow day takes so many times as long as the slowest that was measured. */
  readonly factor: number;
  /** The most pressing first. */
  readonly entries: readonly TimeoutEntry[];
  readonly proposals: readonly TimeoutProposal[];
  /** Whether something would fail, or somebody be fenced, on a slow day. */
  readonly atRisk: boolean;
  /** Since when there are measurements, milliseconds since 1970; left out without any. */
  readonly since?: number;
  /** Nodes whose histories could not be read: what only they know is missing. */
  readonly silent: readonly string[];
}

/** What came of applying them. */
export interface TimeoutsApplied {
  readonly proposals: readonly TimeoutProposal[];
  readonly plan: readonly string[];
  readonly committed: boolean;
  readonly effect: readonly string[];
}
