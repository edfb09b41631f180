/** One cause of where a VM is, or of why it is not: with what it hangs on and, where there is one, the way to change it. */
export interface WhyReason {
  /** A stable word for programs: "pinned", "standby", "no-quorum" … */
  readonly code: string;
  readonly text: string;
  /** The id of a constraint, a resource, a node, a property. */
  readonly object?: string;
  /** As Pacemaker writes scores: "1000", "-INFINITY". */
  readonly score?: string;
  /** What changes it. */
  readonly command?: string;
}

/** A node as it is for a VM. */
export interface WhyNode {
  readonly node: string;
  readonly isHere: boolean;
  /** What the scheduler's sum comes to; left out where it gave none. */
  readonly score?: string;
  /** Reasons that keep it off, then those that speak for the node. */
  readonly against: readonly WhyReason[];
  readonly for: readonly WhyReason[];
}

/** Why a VM is where it is, or why it does not run. */
export interface WhyReport {
  readonly vm: string;
  readonly state: string;
  readonly wanted: "running" | "stopped";
  readonly nodes: readonly string[];
  /** In one sentence. */
  readonly verdict: string;
  /** What holds wherever it would run: the most telling first. */
  readonly reasons: readonly WhyReason[];
  readonly places: readonly WhyNode[];
  /** What the scheduler is about to do with it; left out when that is nothing. */
  readonly next?: string;
  /** What happened to it last, the latest first. */
  readonly events: readonly { readonly time: number; readonly kind: string; readonly text: string }[];
}

/** Why a node is as it is: closed to VMs, not in the cluster, fenced. */
export interface WhyNodeReport {
  readonly node: string;
  readonly state: "open" | "closed" | "offline" | "unclean";
  /** In one sentence. */
  readonly verdict: string;
  /** The most telling first, each with what to do next where there is something. */
  readonly reasons: readonly WhyReason[];
  /** What the scheduler is about to do to it; left out when that is nothing. */
  readonly next?: string;
  /** What happened on it and to it last, the latest first. */
  readonly events: readonly { readonly time: number; readonly kind: string; readonly text: string }[];
}
