import type {
  StatusCapacity,
  StatusFenceEvent,
  StatusNode,
  StatusProblem,
  StatusReport,
  StatusResource,
  StatusVm,
} from "../contract/status-report.ts";
import { readinessLines } from "./render-readiness.ts";
import { type Cell, type Style, styled, table } from "./table.ts";

export interface RenderStatusOptions {
  readonly color: boolean;
  /** Show every VM also where there are many. */
  readonly all: boolean;
}

/** More VMs than this: those that simply run become one line. */
const manyVms = 40;

/** The report as lines for a person. */
export function renderStatus(report: StatusReport, options: RenderStatusOptions): readonly string[] {
  const { color } = options;
  const sections = [
    [...headLines(report, color), ...report.problems.flatMap((problem) => problemLines(problem, color))],
    [
      ...(report.readiness === undefined ? [] : readinessLines(report.readiness, options)),
      ...(report.capacity === undefined ? [] : capacityStatusLines(report.capacity, color)),
    ],
    nodeTable(report.nodes, color),
    vmLines(report.vms, options),
    resourceLines(report.resources, color),
    fencingLines(report, color),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, i) => (i === 0 ? lines : ["", ...lines]));
}

/** Whether there is room for each node's VMs elsewhere. */
function capacityStatusLines(
  { survived, short, unknown }: StatusCapacity,
  color: boolean,
): readonly string[] {
  const head = styled("Room for the loss of a node:", "bold", color);
  if (survived) return [`${head} ${styled("for any", "green", color)}`];
  const lines = short.map(({ node, why }) => `  ${styled(node, "yellow", color)}: ${why}`);
  const open =
    unknown.length === 0
      ? []
      : [`  not certain by sums alone: ${unknown.map(({ node }) => node).join(", ")}`];
  const count = short.length === 0 ? "not certain" : `not for ${short.length} of the nodes`;
  const next = styled("    next: haven plan capacity", "dim", color);
  return [`${head} ${styled(count, "yellow", color)}`, ...lines, ...open, next];
}

/** The nodes as a table. */
export function nodeTable(nodes: readonly StatusNode[], color: boolean): readonly string[] {
  return table(["NODE", "STATE", "VMS", "MEMORY", "CPU"], nodes.map(nodeRow), color);
}

function headLines(report: StatusReport, color: boolean): readonly string[] {
  const { cluster } = report;
  const facts = [
    `${cluster.nodesOnline} of ${cluster.nodesTotal} nodes online`,
    cluster.quorum ? `quorum${votesText(cluster.votes)}` : styled("NO QUORUM", "red", color),
    cluster.dc === undefined ? "no coordinator" : `${cluster.dc} coordinates`,
    ...(cluster.version === undefined ? [] : [`Pacemaker ${cluster.version}`]),
    ...(cluster.maintenance ? [styled("maintenance", "yellow", color)] : []),
  ];
  const name = styled(cluster.name === undefined ? "Cluster" : `Cluster ${cluster.name}`, "bold", color);
  const errors = report.problems.filter((problem) => problem.severity === "error").length;
  const warnings = report.problems.length - errors;
  const count = [
    ...(errors === 0 ? [] : [styled(plural(errors, "problem"), "red", color)]),
    ...(warnings === 0 ? [] : [styled(plural(warnings, "warning"), "yellow", color)]),
  ];
  const verdict = count.length === 0 ? styled("All is well", "green", color) : `${count.join(", ")}:`;
  return [`${name}: ${facts.join(", ")}`, verdict];
}

/** Where a quorum device has a vote, they are not the nodes. */
function votesText(votes: StatusReport["cluster"]["votes"]): string {
  return votes?.device === undefined ? "" : ` (${votes.total} of ${votes.expected} votes)`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

function problemLines(problem: StatusProblem, color: boolean): readonly string[] {
  const mark =
    problem.severity === "error" ? styled("error:", "red", color) : styled("warning:", "yellow", color);
  const next = problem.next === undefined ? [] : [styled(`    next: ${problem.next}`, "dim", color)];
  return [`  ${mark} ${problem.text}`, ...next];
}

const nodeStyles: Readonly<Record<StatusNode["state"], Style>> = {
  online: "green",
  standby: "yellow",
  maintenance: "yellow",
  joining: "yellow",
  leaving: "yellow",
  offline: "red",
  unclean: "red",
};

function nodeRow(node: StatusNode): readonly (string | Cell)[] {
  const state = node.state === "unclean" ? "UNCLEAN" : node.state;
  const type = node.type === "remote" || node.type === "guest" ? ` (${node.type})` : "";
  return [
    node.name + type,
    { text: state, style: nodeStyles[node.state] },
    String(node.vms),
    node.memory === undefined ? "-" : memoryText(node.memory.used, node.memory.capacity),
    node.cpu === undefined ? "-" : `${node.cpu.used} of ${node.cpu.capacity}`,
  ];
}

function memoryText(used: number, capacity: number): string {
  const percent = Math.round((100 * used) / capacity);
  return `${gib(used)} of ${gib(capacity)} GiB (${percent} %)`;
}

function gib(mib: number): string {
  return (mib / 1024).toFixed(1);
}

const stateStyles: Readonly<Record<StatusResource["state"], Style | undefined>> = {
  running: "green",
  stopped: "dim",
  starting: "yellow",
  stopping: "yellow",
  migrating: "yellow",
  promoting: "yellow",
  demoting: "yellow",
  failed: "red",
  blocked: "red",
};

function vmLines(vms: readonly StatusVm[], options: RenderStatusOptions): readonly string[] {
  if (vms.length === 0) return ["No virtual machines: haven vm add FILE"];
  const fold = vms.length > manyVms && !options.all;
  const asWanted = (vm: StatusVm): boolean => vm.state === (vm.wanted === "running" ? "running" : "stopped");
  const shown = vms.filter((vm) => !fold || !asWanted(vm) || !vm.managed);
  const lines =
    shown.length === 0 ? [] : table(["VM", "STATE", "NODE", "MEMORY"], shown.map(vmRow), options.color);
  if (!fold) return lines;
  const folded = vms.filter((vm) => !shown.includes(vm));
  const running = folded.filter((vm) => vm.state === "running").length;
  const counts = [
    ...(running > 0 ? [`${running} VMs run`] : []),
    ...(folded.length > running ? [`${folded.length - running} stopped on purpose`] : []),
  ];
  return [...lines, `${shown.length === 0 ? "" : "Besides these "}${counts.join(", ")} (--all shows each)`];
}

function vmRow(vm: StatusVm): readonly (string | Cell)[] {
  const wrong = vm.state === "stopped" && vm.wanted === "running";
  return [
    vm.name,
    { text: stateText(vm), ...(wrong ? { style: "red" as const } : styleOf(vm)) },
    where(vm),
    vm.memory === undefined || vm.memory === 0 ? "-" : `${gib(vm.memory)} GiB`,
  ];
}

function styleOf(resource: StatusResource): { readonly style?: Style } {
  const style = stateStyles[resource.state];
  return style === undefined ? {} : { style };
}

function stateText(resource: StatusResource): string {
  const role = resource.role === undefined ? "" : ` (${resource.role.toLowerCase()})`;
  return `${resource.state}${role}${resource.managed ? "" : " (unmanaged)"}`;
}

function where(resource: StatusResource): string {
  return resource.nodes.length === 0 ? "-" : resource.nodes.join(", ");
}

/** Instances of a clone share a line for each state: a ping clone on 24 nodes is no 24 lines. */
function resourceLines(resources: readonly StatusResource[], color: boolean): readonly string[] {
  if (resources.length === 0) return [];
  const groups = new Map<string, { first: StatusResource; name: string; nodes: string[] }>();
  for (const resource of resources) {
    const name = [...resource.inside, resource.id.replace(/:\d+$/, "")].join("/");
    const key = `${name} ${resource.state} ${resource.role ?? ""} ${resource.managed}`;
    const group = groups.get(key) ?? { first: resource, name, nodes: [] };
    group.nodes.push(...resource.nodes);
    groups.set(key, group);
  }
  // An instance that is not needed (a clone on a node in standby) is no news beside those that run.
  const running = new Set([...groups.values()].filter((g) => g.nodes.length > 0).map((g) => g.name));
  const rows = [...groups.values()]
    .filter((g) => g.nodes.length > 0 || !(running.has(g.name) && g.first.state === "stopped"))
    .map(({ first, name, nodes }) => [
      name,
      { text: stateText(first), ...styleOf(first) },
      nodes.length === 0 ? "-" : nodes.length > 6 ? `${nodes.length} nodes` : nodes.join(", "),
    ]);
  return table(["RESOURCE", "STATE", "NODE"], rows, color);
}

function fencingLines(report: StatusReport, color: boolean): readonly string[] {
  const { devices, events } = report.fencing;
  if (devices.length === 0 && events.length === 0) return [];
  const rows = devices.map((device) => [
    device.id,
    { text: stateText(device), ...styleOf(device) },
    where(device),
  ]);
  const lines = rows.length === 0 ? [] : table(["FENCE DEVICE", "STATE", "NODE"], rows, color);
  return [...lines, ...events.map((event) => eventLine(event, color))];
}

function eventLine(event: StatusFenceEvent, color: boolean): string {
  const by = event.by === undefined ? "" : ` by ${event.by}`;
  const at = event.time === undefined ? "" : ` ${event.time}`;
  const outcome =
    event.status === "success"
      ? styled("done", "green", color)
      : event.status === "failed"
        ? styled("FAILED", "red", color)
        : styled("under way", "yellow", color);
  const why = event.reason === undefined ? "" : `: ${event.reason}`;
  return `fenced${at}: ${event.target} (${event.action})${by}, asked for by ${event.client}: ${outcome}${why}`;
}
