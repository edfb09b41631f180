/**
 * What `haven status --json` prints, and the API's answer to the same question. The shape is stable: fields are
 * added, not renamed or taken away. Times are as Pacemaker prints them, memory is in MiB. A field that is not
 * known is left out.
 */
export interface StatusReport {
  readonly cluster: {
    readonly name?: string;
    /** The node that coordinates. */
    readonly dc?: string;
    /** Pacemaker's version there. */
    readonly version?: string;
    readonly quorum: boolean;
    /** As the node that was asked counts them. `device` is how many a quorum device gives, where there is one. */
    readonly votes?: {
      readonly total: number;
      readonly expected: number;
      readonly needed: number;
      readonly device?: number;
    };
    /** The whole cluster is in maintenance: nothing is started, stopped or watched. */
    readonly maintenance: boolean;
    readonly fencingEnabled: boolean;
    readonly nodesOnline: number;
    readonly nodesTotal: number;
    readonly vmsRunning: number;
    readonly vmsTotal: number;
    /** When the configuration was changed last, and by what. */
    readonly lastChange?: string;
  };
  /** True when no problem has the severity `error`. */
  readonly healthy: boolean;
  /** Errors before warnings. */
  readonly problems: readonly StatusProblem[];
  readonly nodes: readonly StatusNode[];
  /** Corosync's links from the node that was asked to the others. Left out where corosync does not say. */
  readonly links?: readonly StatusLink[];
  readonly vms: readonly StatusVm[];
  /** What is no VM and no fence device. */
  readonly resources: readonly StatusResource[];
  readonly fencing: {
    readonly devices: readonly StatusResource[];
    /** The latest first, five at the most. */
    readonly events: readonly StatusFenceEvent[];
  };
  /** Whether the loss of each node would be survived now. Left out where the configuration could not be read. */
  readonly readiness?: StatusReadiness;
  /** Whether there is room for each node's VMs elsewhere, by sums alone. Left out where it is not counted. */
  readonly capacity?: StatusCapacity;
  /** Left out where the power is there, and no VM waits for it. */
  readonly power?: StatusPower;
}

/** What is out of the ordinary with the cluster's power. Times are ISO 8601. */
export interface StatusPower {
  readonly onBattery: readonly { readonly ups: string; readonly since: string; readonly low: boolean }[];
  /** VMs that were shut down for want of power, and are to run again. */
  readonly shed: readonly string[];
  /** What the cluster remembers cannot be read. */
  readonly unreadable?: true;
}

/** For which nodes' VMs there is room elsewhere if the node were lost now; `haven plan capacity` asks the scheduler. */
export interface StatusCapacity {
  /** Each node's VMs find room, whatever the scheduler does. */
  readonly survived: boolean;
  /** Nodes whose VMs do not all find room, and why. */
  readonly short: readonly StatusLoss[];
  /** Nodes of which sums do not tell, and why. */
  readonly unknown: readonly StatusLoss[];
}

export interface StatusLoss {
  readonly node: string;
  readonly why: string;
}

/** What is highly available now. What is not is no problem of this moment: it does not make `healthy` false. */
export interface StatusReadiness {
  /** Every node and every VM that is wanted is ready. */
  readonly ready: boolean;
  /** Cluster nodes: that it would be fenced, for certain, if it were lost now. */
  readonly nodes: readonly StatusReady[];
  /** VMs that are wanted: that it would start elsewhere if its node were lost now. */
  readonly vms: readonly StatusReady[];
}

export interface StatusReady {
  readonly name: string;
  readonly ready: boolean;
  /** Why not, first what has to be done first. */
  readonly reasons: readonly StatusReadinessReason[];
  /** Of a node: when it was last shot for a test that passed, ISO 8601. */
  readonly tested?: string;
}

export interface StatusReadinessReason {
  readonly code: StatusReadinessCode;
  /** In plain words, without the name of whom it is about. */
  readonly text: string;
  readonly next?: string;
}

export type StatusReadinessCode =
  | "one-node"
  | "votes"
  | "fencing-disabled"
  | "maintenance"
  | "node-state"
  | "no-device"
  | "no-watchdog"
  | "person-only"
  | "device-off"
  | "device-failed"
  | "unreachable"
  | "not-tested"
  | "test-failed"
  | "test-old"
  | "timeout"
  | "unmanaged"
  | "not-running"
  | "bound"
  | "no-other-node"
  | "node-not-ready";

/** `error`: something does not work or would not when it is needed. `warning`: someone should know. */
export interface StatusProblem {
  readonly severity: "error" | "warning";
  /** A stable word for programs: "node.unclean", "fencing.failed", "resource.blocked" … */
  readonly code: StatusProblemCode;
  /** The node or resource it is about. */
  readonly subject?: string;
  /** In plain words. */
  readonly text: string;
  /** What to do next: a command, or where to look. */
  readonly next?: string;
}

export type StatusProblemCode =
  | "cluster.no-quorum"
  | "cluster.no-dc"
  | "cluster.maintenance"
  | "cluster.stop-all"
  | "cluster.mixed-versions"
  | "quorum.device"
  | "link.down"
  | "node.unclean"
  | "node.offline"
  | "node.pending"
  | "node.standby-on-fail"
  | "node.health"
  | "fencing.disabled"
  | "fencing.no-device"
  | "fencing.device"
  | "fencing.supplies"
  | "fencing.failed"
  | "fencing.pending"
  | "fencing.person"
  | "fencing.unknown"
  | "power.on-battery"
  | "power.shed"
  | "power.unreadable"
  | "resource.blocked"
  | "resource.failed"
  | "resource.failed-here"
  | "resource.stopped"
  | "resource.waiting"
  | "resource.several-nodes"
  | "resource.unmanaged"
  | "resource.orphaned"
  | "resource.banned";

export type StatusNodeState =
  | "online"
  | "standby"
  | "maintenance"
  | "joining"
  | "leaving"
  | "offline"
  | "unclean";

export interface StatusNode {
  readonly name: string;
  readonly state: StatusNodeState;
  readonly type: "member" | "remote" | "guest" | "unknown";
  readonly dc: boolean;
  readonly vms: number;
  /** Resource instances, VMs among them. */
  readonly resources: number;
  /** Memory of what runs there, and what the node has to give. */
  readonly memory?: { readonly used: number; readonly capacity: number };
  readonly cpu?: { readonly used: number; readonly capacity: number };
}

/** A link of corosync's (knet) from the node that was asked to another one. */
export interface StatusLink {
  /** Its number, as in corosync.conf. */
  readonly link: number;
  /** The other node. */
  readonly node: string;
  /** The asked node's own address on it. */
  readonly address: string;
  readonly up: boolean;
}

export type StatusResourceState =
  | "running"
  | "stopped"
  | "starting"
  | "stopping"
  | "migrating"
  | "promoting"
  | "demoting"
  | "failed"
  | "blocked";

export interface StatusResource {
  readonly id: string;
  readonly agent: string;
  readonly state: StatusResourceState;
  /** Promoted or Unpromoted where the resource has such roles. */
  readonly role?: string;
  readonly nodes: readonly string[];
  readonly managed: boolean;
  /** The group, clone or bundle around it, outermost first. */
  readonly inside: readonly string[];
}

export interface StatusVm extends StatusResource {
  /** The name without the resource's prefix. */
  readonly name: string;
  readonly wanted: "running" | "stopped";
  readonly memory?: number;
}

export interface StatusFenceEvent {
  readonly target: string;
  readonly action: string;
  readonly status: "success" | "failed" | "pending";
  readonly time?: string;
  /** The node that carried it out. */
  readonly by?: string;
  /** Who asked for it. */
  readonly client: string;
  readonly reason?: string;
}
