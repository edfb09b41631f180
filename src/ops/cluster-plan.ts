import type { SnmpCredentials } from "../power/snmp-options.ts";

/** What a cluster is to be. `clusterInit` makes it so, again and again with the same result. */
export interface ClusterPlan {
  /** Letters, digits, dashes and underscores; written to corosync.conf and the CIB. */
  readonly name: string;
  /** 1 to 32 servers. */
  readonly nodes: readonly PlanNode[];
  /** Without any, fencing is off, and no VM is highly available. */
  readonly fencing: readonly FencingDevice[];
  /** A further vote, by a server that is no node. Without it each of two nodes has quorum alone, and shoots the other one. */
  readonly quorumDevice?: PlanQuorumDevice;
  /** Fencing by a watchdog in each node; beside other devices, or alone. */
  readonly sbd?: SbdPlan;
  /** Addresses that every node pings; VMs prefer nodes that see more of them. None: no such preference. */
  readonly pingTargets: readonly string[];
  /** Sizes message buffers and limits. */
  readonly expectedVms: number;
  readonly tuning?: ClusterTuning;
}

export interface PlanNode {
  /** As `uname -n` gives it there. */
  readonly name: string;
  /** One address for each ring, one or two; the first is what libvirt's certificate carries besides the name. */
  readonly addresses: readonly string[];
  /** What VMs may use on it. Without it: what libvirt says, less the reserve, CPUs times the overcommit. */
  readonly utilization?: { readonly memoryMiB?: number; readonly cpu?: number };
}

/** A server that runs corosync-qnetd, see corosync-qdevice(8). */
export interface PlanQuorumDevice {
  /** Its address or name, as the nodes reach it. */
  readonly host: string;
  /** TCP port, default 5403. */
  readonly port?: number;
  /**
   * ffsplit, the default, gives one vote to the larger part, and to one of two halves: for even numbers of nodes. lms
   * gives so many votes that a single node that sees the server has quorum; without the server every node is needed.
   */
  readonly algorithm?: "ffsplit" | "lms";
  /** The half that gets the vote when nothing else decides: with the lowest id (default), the highest, or this node. */
  readonly tieBreaker?: string;
}

/** A device that switches servers. */
export type FencingDevice = ChassisDevice | AgentDevice;

/** A BladeCenter or Flex System management module, see `fence_haven_chassis`. */
export interface ChassisDevice {
  readonly kind: "chassis";
  /** Address or name of the management module. */
  readonly address: string;
  /** UDP port, default 161. */
  readonly port?: number;
  readonly credentials: SnmpCredentials;
  readonly hosts: readonly FencedHost[];
  /** For servers that do not shut down when asked (HX5 blades), and for two nodes, where it is the default. */
  readonly noSoftOff?: boolean;
}

/** Any other fence agent of the nodes' system. */
export interface AgentDevice {
  readonly kind: "agent";
  /** Its program's name: "fence_ipmilan". */
  readonly agent: string;
  readonly hosts: readonly FencedHost[];
  /** Its parameters, as its metadata names them. */
  readonly options: Readonly<Record<string, string>>;
  /** Parameters that do not go into the CIB: passwords, communities. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** Storage-based death: each node resets itself, by its watchdog, when it has lost the cluster or reads that it must. */
export interface SbdPlan {
  /** The watchdog's device on each node: "/dev/watchdog". */
  readonly watchdog: string;
  /** After how many seconds unfed the watchdog resets the node, 5 to 30. */
  readonly timeoutS: number;
  /** Shared block devices that the nodes are told to die by, up to three; none: diskless. */
  readonly devices: readonly string[];
}

export interface FencedHost {
  readonly node: string;
  /** What the device calls it, where that is not the node's name. */
  readonly plug?: string;
}

/** What may be set otherwise; each has a default. A value given here is written; a default only where the
 * cluster has none yet, so that what an administrator has changed since stays. */
export interface ClusterTuning {
  /** Corosync's token, milliseconds; default 3000. */
  readonly tokenMs?: number;
  /** How long a starting node waits for others before it elects itself; default 20. */
  readonly dcDeadtimeS?: number;
  /** CPUs that VMs may have for each core; default 4. */
  readonly cpuOvercommit?: number;
  readonly stickiness?: number;
  /** How many jobs at once in the cluster, and migrations on a node; by the number of nodes. */
  readonly batchLimit?: number;
  readonly migrationLimit?: number;
  /** How long a device may take to switch off; the agents' and the cluster's limits follow. Default 120. */
  readonly fenceOffS?: number;
  /** Time between two pings of a target; default 10. */
  readonly pingIntervalS?: number;
  /** How long a change must last; default 30, and at least what all nodes need to notice the same change. */
  readonly pingDampenS?: number;
  /** Lines for qemu.conf besides Haven's own, name to value as it stands there: {user: '"root"'}. */
  readonly qemuConf?: Readonly<Record<string, string>>;
  /** The same for libvirtd.conf. */
  readonly libvirtdConf?: Readonly<Record<string, string>>;
}
