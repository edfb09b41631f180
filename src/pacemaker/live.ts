import type { Transition } from "./simulate.ts";
import type { ClusterStatus } from "./status.ts";

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface SimulateOptions extends CallOptions {
  /** Ask for the scheduler's scores too. */
  readonly scores?: boolean;
  /** Judge as if these nodes had failed. */
  readonly failNodes?: readonly string[];
}

export interface StatusOptions extends CallOptions {
  /** Node attributes, fencing history and bans cost time where they are many. All true unless said. */
  readonly attributes?: boolean;
  readonly fenceHistory?: boolean;
  readonly bans?: boolean;
}

/** Pacemaker as Haven uses it. Every call reaches the live cluster, or the file that CIB_file names. */
export interface Pacemaker {
  /** The file that CIB_file names; undefined on a live cluster. */
  readonly cibFile: string | undefined;
  /** The whole CIB as text. @throws HavenError pacemaker.down, pacemaker.failed */
  queryCib(options?: CallOptions): Promise<string>;
  /** What runs where. @throws HavenError pacemaker.down, pacemaker.failed */
  status(options?: StatusOptions): Promise<ClusterStatus>;
  /** What would follow from that CIB. Changes nothing. */
  simulate(cibXml: string, options?: SimulateOptions): Promise<Transition>;
  /**
   * Writes one patch, whole or not at all.
   * @throws HavenError pacemaker.conflict when the configuration is another version than the patch's source,
   * pacemaker.rejected when it breaks the schema or a reference
   */
  applyPatch(patchXml: string, options?: CallOptions): Promise<void>;
  /** Forgets a resource's failures, on one node or all; Pacemaker probes it again. */
  cleanup(resource: string, options?: CallOptions & { readonly node?: string }): Promise<void>;
  /** Forgets a resource's whole history, also of operations that succeeded, and probes it again. */
  refresh(resource: string, options?: CallOptions & { readonly node?: string }): Promise<void>;
  /** Tells Pacemaker that a resource has failed on a node (facts: never while an operation is pending). */
  failResource(resource: string, node: string, options?: CallOptions): Promise<void>;
  /** Waits until nothing is pending. False when the time is over first. */
  waitIdle(options?: CallOptions): Promise<boolean>;
  /** What crm_verify says: empty when all is well. `cibXml` instead of the live one where given. */
  verify(cibXml?: string, options?: CallOptions): Promise<readonly string[]>;
  /** A transient node attribute (kept in the status, gone at reboot); undefined takes it away. */
  setTransientAttribute(
    node: string,
    name: string,
    value: string | undefined,
    options?: CallOptions,
  ): Promise<void>;
  getTransientAttribute(node: string, name: string, options?: CallOptions): Promise<string | undefined>;
  /** Has the cluster fence a node now; resolves when it is fenced. @throws HavenError pacemaker.fencing */
  fenceNode(node: string, action: "off" | "on" | "reboot", options?: CallOptions): Promise<void>;
  /** Tells the cluster that a node is certainly off. The caller has made sure. */
  confirmNodeOff(node: string, options?: CallOptions): Promise<void>;
  /** Forgets a node's failed fencing in the history; all nodes without a name. */
  clearFenceHistory(node?: string, options?: CallOptions): Promise<void>;
}
