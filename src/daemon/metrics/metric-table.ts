/** What is told of a metric. Names and labels are stable: dashboards and alert rules of users name them. */
export interface MetricDefinition {
  readonly type: "gauge" | "counter" | "histogram";
  /** One sentence without a full stop. */
  readonly help: string;
  /** The names of its labels, in their order. */
  readonly labels: readonly string[];
}

/**
 * All metrics of the daemon, in the order in which they are told; docs/metrics.md says how to use them. Names follow
 * https://prometheus.io/docs/practices/naming/: base units, `_total` for counters. Every label has few values, or one for
 * each VM or node of the cluster.
 */
export const metricTable = {
  haven_build_info: gauge("The version of the daemon that answers; always 1", ["version", "node"]),
  process_start_time_seconds: gauge("When the daemon was started, in seconds since 1970"),
  process_cpu_seconds_total: counter("Processor time of the daemon"),
  process_resident_memory_bytes: gauge("Memory of the daemon"),
  haven_pacemaker_up: gauge("Whether Pacemaker on this node tells what the cluster is like"),
  haven_cluster_state_age_seconds: gauge("How old the state of the cluster is that is told here"),
  haven_cluster_healthy: gauge("Whether nothing is wrong of which haven status says error"),
  haven_cluster_ready: gauge("Whether the loss of any node would be survived now"),
  haven_node_losses: gauge(
    "Nodes by whether there is room for their VMs elsewhere, by sums: fits, short, unknown",
    ["answer"],
  ),
  haven_cluster_quorate: gauge("Whether this node's partition has quorum"),
  haven_cluster_votes: gauge("The votes that this node's partition has"),
  haven_cluster_votes_expected: gauge("The votes that there are when all nodes are there"),
  haven_cluster_votes_needed: gauge("The votes that are a majority"),
  haven_cluster_maintenance: gauge("Whether the whole cluster is in maintenance"),
  haven_cluster_fencing_enabled: gauge("Whether fencing is on"),
  haven_upses_on_battery: gauge("How many UPSes are on battery"),
  haven_vms_shed: gauge("How many VMs were shut down for want of power"),
  haven_cluster_problems: gauge("How many problems haven status has", ["severity"]),
  haven_link_up: gauge("Whether a link of corosync's from this node to another one is up", ["link", "peer"]),
  haven_node_state: gauge("1 for the state that a node is in, 0 for all others", ["node", "state"]),
  haven_node_dc: gauge("Whether a node is the one that coordinates", ["node"]),
  haven_node_vms: gauge("How many VMs run on a node", ["node"]),
  haven_node_memory_allocated_bytes: gauge("Memory that what runs on a node asks for", ["node"]),
  haven_node_memory_capacity_bytes: gauge("Memory that a node has to give", ["node"]),
  haven_node_cpus_allocated: gauge("Processors that what runs on a node asks for", ["node"]),
  haven_node_cpus_capacity: gauge("Processors that a node has to give", ["node"]),
  haven_node_fencing_ready: gauge(
    "Whether a node would be fenced for certain if it were lost now, and else the first reason why not",
    ["node", "reason"],
  ),
  haven_node_fencing_tested_time_seconds: gauge(
    "When a node was last shot for a test that passed, in seconds since 1970",
    ["node"],
  ),
  haven_fence_device_running: gauge("Whether a fence device's checks run on some node", ["device"]),
  haven_vms: gauge("How many VMs are in a state", ["state"]),
  haven_vm_state: gauge("1 for the state that a VM is in, with its node (its source while it migrates)", [
    ...["vm", "node", "state"],
  ]),
  haven_vm_wanted: gauge("Whether a VM is to run", ["vm"]),
  haven_vm_ready: gauge(
    "Whether a VM that is to run would start elsewhere if its node were lost now, and else the first reason why not",
    ["vm", "reason"],
  ),
  haven_vm_memory_bytes: gauge("Memory that a VM asks for", ["vm"]),
  haven_vm_recovery_duration_seconds: histogram(
    "How long VMs were gone until they ran again on this node: a VM that ended, or whose node was lost",
    ["cause"],
  ),
  haven_vm_operation_duration_seconds: histogram("How long the agent's operations on VMs took on this node", [
    ...["operation", "result"],
  ]),
  haven_vm_migrations_total: counter(
    "Live migrations that this node has seen the end of: ok where the VM arrived here, failed at either end",
    ["result"],
  ),
  haven_fencing_actions_total: counter("Fencings that this node was told of", ["node", "action", "result"]),
  haven_guest_heartbeat_age_seconds: gauge(
    "How long ago a guest on this node has said that it is alive, where it ever has in this run",
    ["vm"],
  ),
  haven_events_total: counter("Events that this node's history has taken in", ["kind", "severity"]),
  haven_api_requests_total: counter("Requests of the API that were answered", ["route", "status"]),
  haven_api_refusals_total: counter("Requests of the API that were refused for who asked", ["reason"]),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof metricTable;

function gauge(help: string, labels: readonly string[] = []): MetricDefinition {
  return { type: "gauge", help, labels };
}

function counter(help: string, labels: readonly string[] = []): MetricDefinition {
  return { type: "counter", help, labels };
}

function histogram(help: string, labels: readonly string[] = []): MetricDefinition {
  return { type: "histogram", help, labels };
}
