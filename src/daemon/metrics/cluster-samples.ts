import type {
  StatusNode,
  StatusNodeState,
  StatusReadiness,
  StatusReady,
  StatusReport,
  StatusResourceState,
} from "../../contract/status-report.ts";
import type { MetricSample } from "./exposition.ts";

const nodeStates = Object.keys({
  ...{ online: 0, standby: 0, maintenance: 0, joining: 0, leaving: 0, offline: 0, unclean: 0 },
} satisfies Record<StatusNodeState, 0>) as readonly StatusNodeState[];

/** VMs are neither promoted nor demoted. */
const vmStates = Object.keys({
  ...{ running: 0, stopped: 0, starting: 0, stopping: 0, migrating: 0, failed: 0, blocked: 0 },
} satisfies Partial<Record<StatusResourceState, 0>>);

const mebibyte = 1024 * 1024;

/** What a report on the cluster's status says, as samples. */
export function clusterSamples(report: StatusReport): readonly MetricSample[] {
  return [
    ...wholeSamples(report),
    ...(report.links ?? []).map(
      ({ link, node, up }): MetricSample => ({
        ...{ metric: "haven_link_up", labels: { link: String(link), peer: node } },
        value: Number(up),
      }),
    ),
    ...report.nodes.flatMap(nodeSamples),
    ...report.fencing.devices.map(
      ({ id, state }): MetricSample => ({
        ...{ metric: "haven_fence_device_running", labels: { device: id } },
        value: Number(state === "running"),
      }),
    ),
    ...vmSamples(report),
    ...(report.readiness === undefined ? [] : readinessSamples(report.readiness)),
    ...(report.capacity === undefined ? [] : capacitySamples(report)),
  ];
}

function wholeSamples({
  cluster,
  healthy,
  problems,
  readiness,
  power,
}: StatusReport): readonly MetricSample[] {
  const { votes } = cluster;
  return [
    { metric: "haven_cluster_healthy", value: Number(healthy) },
    ...(readiness === undefined
      ? []
      : [{ metric: "haven_cluster_ready", value: Number(readiness.ready) } as const]),
    { metric: "haven_cluster_quorate", value: Number(cluster.quorum) },
    ...(votes === undefined
      ? []
      : ([
          { metric: "haven_cluster_votes", value: votes.total },
          { metric: "haven_cluster_votes_expected", value: votes.expected },
          { metric: "haven_cluster_votes_needed", value: votes.needed },
        ] as const)),
    { metric: "haven_upses_on_battery", value: power?.onBattery.length ?? 0 },
    { metric: "haven_vms_shed", value: power?.shed.length ?? 0 },
    { metric: "haven_cluster_maintenance", value: Number(cluster.maintenance) },
    { metric: "haven_cluster_fencing_enabled", value: Number(cluster.fencingEnabled) },
    ...(["error", "warning"] as const).map(
      (severity): MetricSample => ({
        ...{ metric: "haven_cluster_problems", labels: { severity } },
        value: problems.filter((problem) => problem.severity === severity).length,
      }),
    ),
  ];
}

/** Of how many nodes' loss sums say what. */
function capacitySamples({ capacity, nodes }: StatusReport): readonly MetricSample[] {
  const [short, unknown] = [capacity?.short.length ?? 0, capacity?.unknown.length ?? 0];
  const online = nodes.filter(({ state, type }) => state !== "offline" && type === "member").length;
  const fits = Math.max(0, online - short - unknown);
  return Object.entries({ fits, short, unknown }).map(
    ([answer, value]): MetricSample => ({
      ...{ metric: "haven_node_losses", labels: { answer }, value },
    }),
  );
}

function nodeSamples({ name, state, dc, vms, memory, cpu }: StatusNode): readonly MetricSample[] {
  const labels = { node: name };
  return [
    ...nodeStates.map(
      (one): MetricSample => ({
        ...{ metric: "haven_node_state", labels: { node: name, state: one } },
        value: Number(one === state),
      }),
    ),
    { metric: "haven_node_dc", labels, value: Number(dc) },
    { metric: "haven_node_vms", labels, value: vms },
    ...(memory === undefined
      ? []
      : ([
          { metric: "haven_node_memory_allocated_bytes", labels, value: memory.used * mebibyte },
          { metric: "haven_node_memory_capacity_bytes", labels, value: memory.capacity * mebibyte },
        ] as const)),
    ...(cpu === undefined
      ? []
      : ([
          { metric: "haven_node_cpus_allocated", labels, value: cpu.used },
          { metric: "haven_node_cpus_capacity", labels, value: cpu.capacity },
        ] as const)),
  ];
}

function vmSamples({ vms }: StatusReport): readonly MetricSample[] {
  const counts = new Map<string, number>(vmStates.map((state) => [state, 0]));
  for (const { state } of vms) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [
    ...[...counts].map(([state, value]): MetricSample => ({ metric: "haven_vms", labels: { state }, value })),
    ...vms.flatMap(({ name, state, nodes, wanted, memory }): readonly MetricSample[] => [
      { metric: "haven_vm_state", labels: { vm: name, node: nodes[0] ?? "", state }, value: 1 },
      { metric: "haven_vm_wanted", labels: { vm: name }, value: Number(wanted === "running") },
      ...(memory === undefined
        ? []
        : [{ metric: "haven_vm_memory_bytes", labels: { vm: name }, value: memory * mebibyte } as const]),
    ]),
  ];
}

function readinessSamples({ nodes, vms }: StatusReadiness): readonly MetricSample[] {
  const reason = ({ reasons }: StatusReady): string => reasons[0]?.code ?? "";
  return [
    ...nodes.map(
      (node): MetricSample => ({
        ...{ metric: "haven_node_fencing_ready", labels: { node: node.name, reason: reason(node) } },
        value: Number(node.ready),
      }),
    ),
    ...nodes.flatMap(({ name, tested }): readonly MetricSample[] =>
      tested === undefined
        ? []
        : [
            {
              ...{ metric: "haven_node_fencing_tested_time_seconds", labels: { node: name } },
              value: Date.parse(tested) / 1000,
            },
          ],
    ),
    ...vms.map(
      (vm): MetricSample => ({
        ...{ metric: "haven_vm_ready", labels: { vm: vm.name, reason: reason(vm) } },
        value: Number(vm.ready),
      }),
    ),
  ];
}
