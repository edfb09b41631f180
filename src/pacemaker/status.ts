/** A cluster node as crm_mon sees it. */
export interface NodeStatus {
  readonly name: string;
  readonly id: string;
  readonly type: "member" | "remote" | "guest" | "unknown";
  readonly online: boolean;
  readonly standby: boolean;
  /** In standby because an operation with on-fail=standby failed. */
  readonly standbyOnFail: boolean;
  readonly maintenance: boolean;
  /** Joining: in the membership, not yet running resources. */
  readonly pending: boolean;
  /** Its state is not known; it must be fenced before its resources run elsewhere. */
  readonly unclean: boolean;
  readonly shutdown: boolean;
  readonly expectedUp: boolean;
  readonly dc: boolean;
  /** green, yellow, red (node health); undefined from tools that do not say. */
  readonly health: string | undefined;
  readonly featureSet: string | undefined;
  readonly resourcesRunning: number;
  /** Permanent and transient attributes, where they were asked for. */
  readonly attributes: ReadonlyMap<string, string>;
}

export type Role =
  | "Started"
  | "Stopped"
  | "Promoted"
  | "Unpromoted"
  | "Starting"
  | "Stopping"
  | "Migrating"
  | string;

/** One resource instance (primitive, clone instance, bundle replica's member). */
export interface ResourceStatus {
  readonly id: string;
  /** "ocf:haven:Domain", "stonith:fence_haven_chassis". */
  readonly agent: string;
  readonly role: Role;
  readonly targetRole: string | undefined;
  readonly active: boolean;
  readonly orphaned: boolean;
  readonly blocked: boolean;
  readonly managed: boolean;
  readonly maintenance: boolean;
  readonly failed: boolean;
  readonly failureIgnored: boolean;
  /** An operation in flight: "Starting", "Migrating", "Monitoring"; undefined when none is. */
  readonly pending: string | undefined;
  readonly lockedTo: string | undefined;
  /** Names of nodes it is active on. More than one is a problem unless it is migrating. */
  readonly nodes: readonly string[];
  /** Ids of what holds it, outermost first: group, clone, bundle. */
  readonly inside: readonly string[];
}

/** A group, clone or bundle; its members are in `ClusterStatus.resources` with its id in `inside`. */
export interface ContainerStatus {
  readonly id: string;
  readonly kind: "group" | "clone" | "bundle";
  readonly managed: boolean;
  readonly disabled: boolean;
  readonly failed: boolean;
  readonly promotable: boolean;
  readonly unique: boolean;
}

/** An operation that failed and has not been cleaned up. */
export interface FailedAction {
  readonly resource: string;
  readonly operation: string;
  readonly intervalMs: number;
  readonly node: string;
  readonly exitCode: number;
  /** "error", "timed out", "not running" … as Pacemaker words it. */
  readonly exitStatus: string;
  /** What the agent gave as its reason; undefined when it gave none. */
  readonly exitReason: string | undefined;
  /** "complete", "Timed Out", "Error" … */
  readonly status: string;
  readonly callId: number;
  /** As crm_mon prints it: local time of the machine that asked. */
  readonly lastChange: string | undefined;
  readonly execMs: number | undefined;
}

export interface FenceEvent {
  readonly action: string;
  readonly target: string;
  readonly client: string;
  readonly origin: string;
  readonly delegate: string | undefined;
  readonly status: "success" | "failed" | "pending" | string;
  readonly exitReason: string | undefined;
  readonly completed: string | undefined;
}

/** A constraint that keeps a resource off a node. */
export interface Ban {
  readonly id: string;
  readonly resource: string;
  readonly node: string;
  readonly weight: number;
  readonly promotedOnly: boolean;
}

/** A resource's failure count on a node. */
export interface FailCount {
  readonly resource: string;
  readonly node: string;
  /** Infinity where Pacemaker says INFINITY. */
  readonly count: number;
  readonly migrationThreshold: number | undefined;
  readonly lastFailure: string | undefined;
}

export interface ClusterStatus {
  readonly stack: string;
  readonly dc:
    | { readonly name: string; readonly version: string; readonly mixedVersion: boolean }
    | undefined;
  readonly quorum: boolean;
  readonly maintenance: boolean;
  readonly stonithEnabled: boolean;
  readonly symmetric: boolean;
  readonly noQuorumPolicy: string;
  readonly stopAll: boolean;
  readonly lastUpdate: string | undefined;
  readonly lastChange:
    | { readonly time: string; readonly user: string; readonly client: string; readonly origin: string }
    | undefined;
  /** As the scheduler counts them; disabled and blocked instances among them. */
  readonly resourcesConfigured: number;
  readonly resourcesDisabled: number;
  readonly resourcesBlocked: number;
  readonly nodes: readonly NodeStatus[];
  readonly resources: readonly ResourceStatus[];
  readonly containers: readonly ContainerStatus[];
  readonly failures: readonly FailedAction[];
  readonly failCounts: readonly FailCount[];
  readonly fenceHistory: readonly FenceEvent[];
  /** Set when the fencer could not be asked for its history. */
  readonly fenceHistoryError: string | undefined;
  readonly bans: readonly Ban[];
}
