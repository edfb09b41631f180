import { naturalOrder } from "../base/natural-order.ts";
import { isSecretParameter } from "../contract/fence-kinds.ts";
import type {
  StatusFenceEvent,
  StatusNode,
  StatusNodeState,
  StatusReport,
  StatusResource,
  StatusVm,
} from "../contract/status-report.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { LinkStatus } from "../pacemaker/links.ts";
import type { QuorumStatus } from "../pacemaker/quorum.ts";
import type { ClusterStatus, FenceEvent, NodeStatus, ResourceStatus } from "../pacemaker/status.ts";
import { Room } from "../plan/room.ts";
import type { Environment } from "./environment.ts";
import { fenceDevices } from "./fence-devices.ts";
import { supplyProblemsOf } from "./fence-supplies.ts";
import { readiness } from "./readiness.ts";
import { statusCapacity } from "./status-capacity.ts";
import { linkViews } from "./status-links.ts";
import { statusPower } from "./status-power.ts";
import { statusProblems } from "./status-problems.ts";
import { isFenceDevice, isVm, resourceState, shortName } from "./status-resource.ts";
import { watchdogFencing } from "./watchdog-fencing.ts";

/**
 * What the cluster does and what is wrong with it. What crm_mon does not say (the cluster's name, memory asked for
 * and given) is read from the configuration at the same time; without it those fields are left out.
 *
 * @throws HavenError pacemaker.down, pacemaker.failed
 */
export async function clusterReport(
  environment: Pick<Environment, "pacemaker" | "signal">,
): Promise<StatusReport> {
  const { pacemaker, signal } = environment;
  const status = pacemaker.status({ signal });
  const quorum = pacemaker.quorum({ signal }).catch(() => undefined);
  const links = pacemaker.links({ signal }).catch(() => undefined);
  const configuration = pacemaker.queryCib({ signal, scope: "configuration" }).then(
    (text) => Cib.parse(text),
    () => undefined,
  );
  return makeReport(await status, await configuration, { quorum: await quorum, links: await links });
}

export interface ReportOptions {
  /** Milliseconds since 1970; default: now. */
  readonly now?: number;
  readonly quorum?: QuorumStatus | undefined;
  readonly links?: readonly LinkStatus[] | undefined;
}

/** The report for a status and, where they could be had, the configuration and the votes. */
export function makeReport(
  status: ClusterStatus,
  cib: Cib | undefined,
  { now = Date.now(), quorum, links }: ReportOptions = {},
): StatusReport {
  const room = cib === undefined ? undefined : new Room(cib);
  const failed = new Set(status.failures.map((failure) => failure.resource));
  const view = (resource: ResourceStatus): StatusResource => resourceView(resource, failed);
  const vms = status.resources.filter(isVm).map((resource) => vmView(resource, view(resource), room));
  const devices = status.resources.filter(isFenceDevice).map(view);
  const others = status.resources.filter((resource) => !isVm(resource) && !isFenceDevice(resource)).map(view);
  const seen = links === undefined ? undefined : linkViews(status, links);
  const power = cib && statusPower(cib);
  const problems = statusProblems(status, {
    power,
    addresses: deviceAddresses(cib),
    supplies: supplyProblemsIn(cib),
    ...{ quorum, links: seen },
    watchdog: cib && watchdogFencing(cib),
  });
  const nodes = nodeViews(status, room);
  return {
    cluster: {
      ...given("name", cib?.property("cluster-name")),
      ...given("dc", status.dc?.name),
      ...given("version", status.dc?.version.replace(/-.*$/, "") || undefined),
      quorum: status.quorum,
      ...given("votes", quorum === undefined ? undefined : votesOf(quorum)),
      maintenance: status.maintenance,
      fencingEnabled: status.stonithEnabled,
      nodesOnline: status.nodes.filter((node) => node.online && !node.pending).length,
      nodesTotal: status.nodes.length,
      vmsRunning: vms.filter((vm) => vm.nodes.length > 0).length,
      vmsTotal: vms.length,
      ...given("lastChange", lastChange(status)),
    },
    healthy: !problems.some((problem) => problem.severity === "error"),
    problems,
    nodes,
    ...given("links", seen),
    ...given("power", power),
    vms: vms.sort((a, b) => naturalOrder(a.name, b.name)),
    resources: others,
    fencing: { devices, events: status.fenceHistory.slice(0, 5).map(fenceEvent) },
    ...(cib === undefined || room === undefined
      ? {}
      : {
          readiness: readiness(status, cib, now, quorum, room),
          ...given("capacity", statusCapacity(status, cib, room)),
        }),
  };
}

function votesOf({ totalVotes, expectedVotes, neededVotes, device }: QuorumStatus) {
  const votes = { total: totalVotes, expected: expectedVotes, needed: neededVotes };
  return { ...votes, ...given("device", device?.votes) };
}

/** The addresses of fence devices, by the ids of their resources. */
function deviceAddresses(cib: Cib | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { id, element } of cib?.resources ?? []) {
    if (element.get("class") !== "stonith") continue;
    const address = cib?.nvpairs(element, "instance_attributes").get("ip");
    if (address !== undefined) found.set(id, address);
  }
  return found;
}

function supplyProblemsIn(cib: Cib | undefined): ReturnType<typeof supplyProblemsOf> {
  return cib === undefined ? [] : supplyProblemsOf(cib, fenceDevices(cib, isSecretParameter));
}

/** `{[key]: value}`, or nothing where the value is not known. */
function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
}

function resourceView(resource: ResourceStatus, failed: ReadonlySet<string>): StatusResource {
  const { id, agent, nodes, managed, inside } = resource;
  const role = resource.role === "Promoted" || resource.role === "Unpromoted" ? resource.role : undefined;
  return {
    id,
    agent,
    state: resourceState(resource, failed.has(id)),
    ...given("role", role),
    nodes,
    managed,
    inside,
  };
}

function vmView(resource: ResourceStatus, view: StatusResource, room: Room | undefined): StatusVm {
  const asks = room?.asks(resource.id);
  const stopped = /^stopped$/i.test(resource.targetRole ?? "");
  return {
    name: shortName(resource.id),
    ...view,
    wanted: stopped ? "stopped" : "running",
    ...given("memory", asks === undefined || asks.size === 0 ? undefined : (asks.get("memory") ?? 0)),
  };
}

function nodeViews(status: ClusterStatus, room: Room | undefined): readonly StatusNode[] {
  const load = new Map<string, { vms: number; memory: number; cpu: number }>();
  for (const resource of status.resources) {
    const wants = room?.asks(resource.id);
    for (const name of resource.nodes) {
      const sum = load.get(name) ?? { vms: 0, memory: 0, cpu: 0 };
      sum.vms += isVm(resource) ? 1 : 0;
      sum.memory += wants?.get("memory") ?? 0;
      sum.cpu += wants?.get("cpu") ?? 0;
      load.set(name, sum);
    }
  }
  return status.nodes.map((node) => {
    const sum = load.get(node.name);
    const capacity = room?.capacity(node.name);
    const of = (kind: "memory" | "cpu") => {
      const all = capacity?.get(kind) ?? 0;
      return all === 0 ? undefined : { used: sum?.[kind] ?? 0, capacity: all };
    };
    return {
      name: node.name,
      state: nodeState(node),
      type: node.type,
      dc: node.dc,
      vms: sum?.vms ?? 0,
      resources: node.resourcesRunning,
      ...given("memory", of("memory")),
      ...given("cpu", of("cpu")),
    };
  });
}

/** One word for a node: what matters most of all that is true of it. */
export function nodeState(node: NodeStatus): StatusNodeState {
  if (node.unclean) return "unclean";
  if (node.pending) return "joining";
  if (!node.online) return "offline";
  if (node.shutdown) return "leaving";
  if (node.standby || node.standbyOnFail) return "standby";
  return node.maintenance ? "maintenance" : "online";
}

function lastChange(status: ClusterStatus): string | undefined {
  const change = status.lastChange;
  if (change === undefined || change.time === "") return undefined;
  const by = change.client === "" ? "" : ` by ${change.client}`;
  return `${change.time}${by}${change.origin === "" ? "" : ` on ${change.origin}`}`;
}

function fenceEvent(event: FenceEvent): StatusFenceEvent {
  const { target, action, status, client } = event;
  return {
    target,
    action,
    status: status === "success" || status === "failed" ? status : "pending",
    ...given("time", event.completed),
    ...given("by", event.delegate),
    client,
    ...given("reason", event.exitReason),
  };
}
