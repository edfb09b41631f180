/**
 * What the cluster says of a VM. `running` and `stopped` are as they read; `blocked` is a failure that Pacemaker
 * waits for someone to look at; `failed` should run and does not, or Pacemaker is about to mend it; `unknown` is
 * a VM of which the cluster has said nothing yet.
 */
export type VmState =
  | "running"
  | "stopped"
  | "starting"
  | "stopping"
  | "migrating"
  | "failed"
  | "blocked"
  | "unknown";

/** A live migration that was asked for and has not ended. */
export interface VmMove {
  readonly to: string;
  /** Who started it: a process on a node. */
  readonly owner: string;
  /** When the constraint stops to count, ISO 8601. */
  readonly expires: string;
}

/** A VM as a list shows it. */
export interface VmView {
  readonly name: string;
  /** The id of its resource in the cluster. */
  readonly resource: string;
  readonly state: VmState;
  readonly wanted: "running" | "stopped";
  /** Where it runs; two while it migrates. */
  readonly nodes: readonly string[];
  /** False: Pacemaker leaves it alone, because of `vm unmanage` or of the cluster's maintenance mode. */
  readonly managed: boolean;
  readonly maintenance: boolean;
  readonly migratable: boolean;
  /** MiB. */
  readonly memory: number | undefined;
  readonly cpu: number | undefined;
  readonly hypervisor: string | undefined;
  readonly uuid: string | undefined;
  readonly prefer: readonly string[];
  readonly labels: readonly string[];
  readonly priority: number;
  readonly move: VmMove | undefined;
  /** The latest failures, in Pacemaker's words. */
  readonly failures: readonly string[];
}
