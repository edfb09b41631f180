/** What becomes of a VM that is wanted to run. */
export type PlannedOutcome =
  /** Started again elsewhere once its node is certainly off: the guest boots. */
  | "recovered"
  /** Moved live. */
  | "migrated"
  /** Stopped in good order and started elsewhere. */
  | "moved"
  | "restarted"
  | "started"
  /** Runs nowhere, and is to be found running when there is a place for it again. */
  | "down"
  /** It would run, but something that cannot be done now has to be done before. */
  | "waiting";

export interface PlannedVm {
  readonly name: string;
  readonly outcome: PlannedOutcome;
  readonly from?: string;
  readonly to?: string;
  /** Of one that is down or waits: why, most telling first; of each node that is left, why not there. */
  readonly why: readonly string[];
}

/** What follows when nodes are lost. */
export interface FailurePlan {
  readonly lost: readonly string[];
  /** Whether those that are left are a majority; else nothing is recovered. */
  readonly quorum: boolean;
  readonly fenced: readonly { readonly node: string; readonly reason?: string }[];
  /** VMs to which something happens, those that are down first. Others run on as they do. */
  readonly vms: readonly PlannedVm[];
  /** Other resources to which something happens, in lines. */
  readonly others: readonly string[];
  /** Every VM that runs now runs afterwards. */
  readonly survived: boolean;
}

/** What follows from the loss of one case's nodes, as far as it matters whether the cluster survives it. */
export interface CapacityCase {
  readonly name: string;
  readonly nodes: readonly string[];
  readonly quorum: boolean;
  /** VMs that would run nowhere. */
  readonly down: readonly PlannedVm[];
  /** VMs that would wait for something that cannot be done. */
  readonly waiting: readonly PlannedVm[];
  readonly survived: boolean;
}

/** Which losses the cluster would survive. */
export interface CapacityReport {
  /** `scheduler`: what Pacemaker's scheduler says of each. `arithmetic`: sums, which cannot always tell. */
  readonly by: "scheduler" | "arithmetic";
  readonly cases: readonly CapacityCase[];
  /** Cases that arithmetic cannot tell, and why. */
  readonly unknown: readonly { readonly name: string; readonly why: string }[];
  /** Every case is survived. */
  readonly survived: boolean;
}

/** One VM's way off a node that is drained. */
export interface DrainStep {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** `migrated` live; `moved`: stopped and started. */
  readonly outcome: "migrated" | "moved";
  /** How long it is thought to take. */
  readonly seconds: number;
  /** What that is taken from. */
  readonly basis: "own" | "others" | "size";
  /** What its guest writes to its memory now, MiB per second, where that was measured. */
  readonly dirtyRate?: number;
}

/** What a drain would do, and whether it can be done. */
export interface DrainPlan {
  readonly nodes: readonly string[];
  /** Nothing stands in the way: each VM of the nodes would run elsewhere. */
  readonly possible: boolean;
  /** VMs that would not run afterwards, or that stay, with the reasons. */
  readonly inTheWay: readonly PlannedVm[];
  /** So many at a time, the first wave first; one begins when one before it has ended. */
  readonly waves: readonly (readonly DrainStep[])[];
  /** How many migrations a node takes part in at once (`migration-limit`). */
  readonly atOnce: number;
  /** Predicted, all together. */
  readonly seconds: number;
  /** VMs of other nodes that would move or stop by it. */
  readonly elsewhere: readonly PlannedVm[];
  /** Other resources to which something happens, in lines. */
  readonly others: readonly string[];
}

/** A VM that a drain has moved away from a node, and that is not brought back there. */
export interface StayingVm {
  readonly name: string;
  /** The node that it was moved away from. */
  readonly home: string;
  /** Read after the name. */
  readonly why: string;
}

/** What a resume would bring back. */
export interface ResumePlan {
  readonly nodes: readonly string[];
  /** So many at a time; one wave begins when the one before it has come. */
  readonly waves: readonly (readonly DrainStep[])[];
  readonly atOnce: number;
  /** Predicted, all together. */
  readonly seconds: number;
  /** VMs that are left alone: somebody has moved or stopped them since, or they are gone. */
  readonly stays: readonly StayingVm[];
  /** VMs that are to come back, and cannot now. */
  readonly cannot: readonly StayingVm[];
}
