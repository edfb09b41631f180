/** What is asked there. */
export const daemonPaths = {
  /** {version, node, pid, since} */
  about: "/v1/about",
  /** StatusReport. */
  status: "/v1/status",
  /** VmView[]: all of the cluster's VMs. */
  vms: "/v1/vms",
  /** EventReport of all nodes; `vm`, `node`, `kind`, `since`, `until`, `limit`, `from`, and `after` of one history. */
  events: "/v1/events",
  /** Histories: the same of each node for itself; `seen=NODE:ID` for each that was asked before. */
  histories: "/v1/histories",
  /**
   * Server-sent events: `changed` whenever the cluster's state is another one, `happened` with each HavenEvent as it is
   * taken into this node's history.
   */
  changes: "/v1/changes",
} as const;

/** Headers of answers: which Haven answers, and how old the state is that it tells, in milliseconds. */
export const daemonHeaders = { version: "haven-version", age: "haven-age" } as const;

/** Where the daemons of a cluster's nodes speak with each other. */
export const peerPort = 8471;
