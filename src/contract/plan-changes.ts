import type { CapacityCase, DrainStep, PlannedVm } from "./plan-report.ts";

/** What follows from the loss of one node once VMs are added. */
export interface AddLoss extends CapacityCase {
  /** What becomes of the new VMs by it; those that run on as they do are left out. */
  readonly own: readonly PlannedVm[];
  /** It is not survived without the new VMs either. */
  readonly already: boolean;
}

/** How many copies there is room for. */
export interface MostCopies {
  /** So many run, whatever is lost later. */
  readonly runs: number;
  /** So many run, and the loss of any one node is survived. */
  readonly survives: number;
  /** The search ended at its limit: there may be more. */
  readonly isLimit: boolean;
  /** What one more than `survives` is short of, in lines. */
  readonly why: readonly string[];
}

/** What adding VMs would do. */
export interface AddPlan {
  /** The VMs' names: of copies, those they would have here. */
  readonly names: readonly string[];
  /** How many copies of each specification; undefined where they are added as they are. */
  readonly count?: number;
  readonly most?: MostCopies;
  /** Each of them runs, and no VM that runs now stops for them. */
  readonly runs: boolean;
  /** The new VMs first, those that would run nowhere before others; then VMs that move or stop for them. */
  readonly vms: readonly PlannedVm[];
  /** Other resources to which something happens, in lines. */
  readonly others: readonly string[];
  /** Each node's loss afterwards. */
  readonly losses: readonly AddLoss[];
  /** The loss of any one node is survived then. */
  readonly survived: boolean;
}

/** Something in the configuration that names a node. */
export interface NamedBy {
  readonly node: string;
  readonly kind: "constraint" | "fencing-level" | "fence-device" | "resource" | "setting";
  readonly id: string;
  /** Read after the id. */
  readonly text: string;
  /** What changes it. */
  readonly command?: string;
}

/** What follows from the loss of one node once others have left. */
export interface RemoveLoss extends CapacityCase {
  /** It is not survived with them either. */
  readonly already: boolean;
}

/** What follows when nodes leave the cluster for good. */
export interface RemovePlan {
  readonly nodes: readonly string[];
  /** Every VM that runs now would run on the others. */
  readonly possible: boolean;
  /** VMs to which something happens, those that would not run first. */
  readonly vms: readonly PlannedVm[];
  /** Other resources to which something happens, in lines. */
  readonly others: readonly string[];
  /** How the votes would stand; undefined where corosync was not asked. */
  readonly quorum:
    | {
        readonly nodes: number;
        readonly votes: number;
        readonly needed: number;
        readonly twoNode: boolean;
        readonly device: boolean;
      }
    | undefined;
  /** What has to be known or done about the votes, in sentences. */
  readonly notes: readonly string[];
  /** What names the nodes, and has to be changed. */
  readonly named: readonly NamedBy[];
  /** The loss of each node that is left. */
  readonly losses: readonly RemoveLoss[];
  /** The loss of any one of them is survived. */
  readonly survived: boolean;
}

/** One VM's move, and what it is good for. */
export interface RebalanceMove extends DrainStep {
  /** "node1: memory 88 % to 76 %; node3: memory 30 % to 42 %". */
  readonly why: string;
}

/** How full a node is, of 1: of memory, of processors; undefined where it does not say what it has. */
export interface NodeFill {
  readonly memory: number | undefined;
  readonly cpu: number | undefined;
}

/** The fewest moves that make nodes evenly full. */
export interface RebalancePlan {
  /** Even enough: the fullest and the emptiest node are no more than so many percentage points apart. */
  readonly threshold: number;
  /** Percentage points between the fullest and the emptiest node. */
  readonly before: number;
  readonly after: number;
  /** In an order in which each finds room. Each was seen by the scheduler. */
  readonly moves: readonly RebalanceMove[];
  /** What does it, in this order. */
  readonly commands: readonly string[];
  /** Predicted, one after the other. */
  readonly seconds: number;
  /** All that can be done was looked at: no fewer moves do it. */
  readonly isFewest: boolean;
  readonly nodes: readonly { readonly name: string; readonly before: NodeFill; readonly after: NodeFill }[];
  /** VMs that are not moved, with the reason, to be read after the name. */
  readonly unmovable: readonly { readonly name: string; readonly why: string }[];
  /** Nodes that are not counted, with the reason. */
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
  /** What was thought of and not proposed, in lines. */
  readonly refused: readonly string[];
}
