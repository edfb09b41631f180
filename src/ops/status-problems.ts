import type { StatusLink, StatusPower, StatusProblem } from "../contract/status-report.ts";
import type { QuorumStatus } from "../pacemaker/quorum.ts";
import type { ClusterStatus, FailedAction, NodeStatus, ResourceStatus } from "../pacemaker/status.ts";
import { failureText } from "./status-failure.ts";
import { fencingProblems } from "./status-fencing.ts";
import { linkProblems } from "./status-links.ts";
import { powerProblems } from "./status-power.ts";
import { quorumProblems } from "./status-quorum.ts";
import { isFenceDevice, isVm, plainId, resourceState, shortName, wantedStopped } from "./status-resource.ts";
import type { WatchdogFencing } from "./watchdog-fencing.ts";

/** What is known beside the status, where it could be had. */
export interface StatusContext {
  /** Of fence devices, by their resources' ids. */
  readonly addresses?: ReadonlyMap<string, string>;
  /** Nodes that would count as off while they have power, and why. */
  readonly supplies?: readonly { readonly node: string; readonly text: string }[];
  readonly quorum?: QuorumStatus | undefined;
  readonly links?: readonly StatusLink[] | undefined;
  /** Where nodes fence themselves. */
  readonly watchdog?: WatchdogFencing | undefined;
  readonly power?: StatusPower | undefined;
}

/** What a person should know before anything else, errors first. */
export function statusProblems(
  status: ClusterStatus,
  { addresses = new Map(), supplies = [], quorum, links = [], watchdog, power }: StatusContext = {},
): readonly StatusProblem[] {
  const found = [
    ...clusterProblems(status),
    ...quorumProblems(status, quorum),
    ...linkProblems(status, links),
    ...status.nodes.flatMap(nodeProblems),
    ...fencingProblems(status, addresses, watchdog),
    ...supplies.map(({ node, text }) => supplyProblem(node, text)),
    ...powerProblems(power),
    ...resourceProblems(status),
  ];
  return [...found.filter((p) => p.severity === "error"), ...found.filter((p) => p.severity === "warning")];
}

function supplyProblem(node: string, text: string): StatusProblem {
  return {
    severity: "error",
    code: "fencing.supplies",
    subject: node,
    text: `${text}: ${node} would count as off while it runs, and its VMs could run twice`,
    next: "haven fence add … --replace --id DEVICE makes a device for each outlet, in one level",
  };
}

function clusterProblems(status: ClusterStatus): readonly StatusProblem[] {
  const found: StatusProblem[] = [];
  if (status.dc === undefined) {
    found.push({
      severity: "error",
      code: "cluster.no-dc",
      text: "No node coordinates the cluster yet: nothing is started, stopped or fenced",
      next: "It takes some seconds after a start; if it stays so, look at: corosync-quorumtool -s",
    });
  } else if (!status.quorum) {
    const effect =
      status.noQuorumPolicy === "ignore"
        ? "the cluster goes on without it (no-quorum-policy=ignore)"
        : `no-quorum-policy is ${status.noQuorumPolicy}`;
    found.push({
      severity: "error",
      code: "cluster.no-quorum",
      text: `No quorum: fewer than half of the votes are here, ${effect}`,
      next: "Bring nodes back; see: corosync-quorumtool -s",
    });
  }
  if (status.maintenance) {
    found.push({
      severity: "warning",
      code: "cluster.maintenance",
      text: "The whole cluster is in maintenance: nothing is watched, started, moved or recovered",
      next: "haven cluster maintenance off",
    });
  }
  if (status.stopAll) {
    found.push({
      severity: "error",
      code: "cluster.stop-all",
      text: "All resources are told to stop (stop-all-resources=true)",
      next: "crm_attribute --name stop-all-resources --delete",
    });
  }
  if (status.dc?.mixedVersion === true) {
    found.push({
      severity: "warning",
      code: "cluster.mixed-versions",
      text: "The nodes run different versions of Pacemaker",
      next: "Finish the upgrade",
    });
  }
  return found;
}

function nodeProblems(node: NodeStatus): readonly StatusProblem[] {
  const { name } = node;
  const about = (
    severity: StatusProblem["severity"],
    code: StatusProblem["code"],
    text: string,
    next?: string,
  ): StatusProblem => ({ severity, code, subject: name, text, ...(next === undefined ? {} : { next }) });
  const found: StatusProblem[] = [];
  if (node.unclean) {
    const what = node.online
      ? "something on it failed that only fencing can clear"
      : "nobody knows what it does";
    found.push(
      about(
        "error",
        "node.unclean",
        `${name} is UNCLEAN: ${what}; what ran there starts elsewhere only after it is fenced`,
        "Fencing is tried on its own; see what fencing says below",
      ),
    );
  } else if (node.pending) {
    found.push(about("warning", "node.pending", `${name} is joining the cluster`));
  } else if (!node.online && node.type !== "guest") {
    found.push(
      about("error", "node.offline", `${name} is offline`, "Switch it on, or start its cluster services"),
    );
  }
  if (node.standbyOnFail) {
    found.push(
      about(
        "error",
        "node.standby-on-fail",
        `${name} was put in standby because an operation failed there`,
        "Clean up the failed resource",
      ),
    );
  }
  if (node.health === "red" || node.health === "yellow") {
    const severity = node.health === "red" ? "error" : "warning";
    found.push(about(severity, "node.health", `${name} says that its health is ${node.health}`));
  }
  return found;
}

function resourceProblems(status: ClusterStatus): readonly StatusProblem[] {
  const found: StatusProblem[] = [];
  const failures = Map.groupBy(status.failures, (failure) => failure.resource);
  for (const resource of status.resources) {
    if (!isFenceDevice(resource))
      found.push(...oneResource(resource, failures.get(resource.id) ?? [], status));
  }
  const known = new Set(status.resources.map((resource) => resource.id));
  for (const [id, list] of failures) {
    const [failure] = list.toReversed();
    // Instances of clones are named with a number in the history, and without it in the list.
    const resource = status.resources.find((r) => r.id === id || plainId(r.id) === plainId(id));
    if (failure === undefined || known.has(id) || (resource !== undefined && isFenceDevice(resource)))
      continue;
    found.push(failedProblem(plainId(id), failure, resource?.active === true ? "warning" : "error"));
  }
  for (const count of status.failCounts) {
    if (count.migrationThreshold === undefined || count.count < count.migrationThreshold) continue;
    const times = count.count === Number.POSITIVE_INFINITY ? "for good" : `after ${count.count} failures`;
    found.push({
      severity: "warning",
      code: "resource.failed-here",
      subject: count.resource,
      text: `${label(count.resource)} may not run on ${count.node} any more, ${times}`,
      next: cleanup(count.resource),
    });
  }
  for (const ban of status.bans) {
    if (!/^cli-(ban|prefer)-/.test(ban.id)) continue;
    found.push({
      severity: "warning",
      code: "resource.banned",
      subject: ban.resource,
      text: `${label(ban.resource)} is kept off ${ban.node} by the constraint ${ban.id}, left behind by a move`,
      next: `crm_resource --clear --resource ${ban.resource}`,
    });
  }
  return found;
}

function oneResource(
  resource: ResourceStatus,
  failures: readonly FailedAction[],
  status: ClusterStatus,
): readonly StatusProblem[] {
  const { id } = resource;
  const name = label(id);
  const found: StatusProblem[] = [];
  const add = (
    severity: StatusProblem["severity"],
    code: StatusProblem["code"],
    text: string,
    next?: string,
  ): number => found.push({ severity, code, subject: id, text, ...(next === undefined ? {} : { next }) });
  const [failure] = failures.toReversed();
  const why = failure === undefined ? "" : `: ${failureText(failure)}`;
  const state = resourceState(resource, failures.length > 0);
  const several = resource.nodes.length > 1 && state !== "migrating";
  if (resource.orphaned) {
    add("warning", "resource.orphaned", `${name} still runs but is not configured any more`, cleanup(id));
  } else if (state === "blocked") {
    const where = resource.nodes.length === 0 ? "" : ` on ${resource.nodes.join(" and ")}`;
    add(
      "error",
      "resource.blocked",
      `${name} is blocked${where}: the cluster leaves it alone${why}`,
      cleanup(id),
    );
  } else if (several && !resource.inside.some((around) => isUniqueContainer(around, status))) {
    add("error", "resource.several-nodes", `${name} is active on ${resource.nodes.join(" and ")}${why}`);
  } else if (failure !== undefined) {
    found.push(failedProblem(id, failure, resource.active ? "warning" : "error"));
  } else if (state === "stopped" && isVm(resource) && !wantedStopped(resource)) {
    found.push(notRunning(id, status));
  }
  if (!resource.managed && !status.maintenance && !resource.orphaned && !resource.maintenance) {
    add(
      "warning",
      "resource.unmanaged",
      `${name} is unmanaged: the cluster does not recover it`,
      manage(resource),
    );
  }
  return found;
}

/** A VM that should run and does not: does it wait for something, or does the cluster leave it so? */
function notRunning(id: string, status: ClusterStatus): StatusProblem {
  const name = label(id);
  const unclean = status.nodes.filter((node) => node.unclean).map((node) => node.name);
  if (unclean.length > 0) {
    const text = `${name} waits: it starts once ${unclean.join(" and ")} ${unclean.length === 1 ? "is" : "are"} fenced`;
    return { severity: "error", code: "resource.waiting", subject: id, text };
  }
  const busy = status.nodes.some((node) => node.pending) || status.resources.some((one) => one.pending);
  if (busy) {
    const text = `${name} does not run yet: the cluster is still at work`;
    return { severity: "error", code: "resource.waiting", subject: id, text };
  }
  const text = `${name} is stopped although it should run`;
  const next = `haven vm show ${shortName(id)}`;
  return { severity: "error", code: "resource.stopped", subject: id, text, next };
}

function isUniqueContainer(id: string, status: ClusterStatus): boolean {
  return status.containers.some((container) => container.id === id && container.kind !== "group");
}

function failedProblem(
  id: string,
  failure: FailedAction,
  severity: StatusProblem["severity"],
): StatusProblem {
  return {
    severity,
    code: "resource.failed",
    subject: id,
    text: `${label(id)}: ${failureText(failure)}`,
    next: cleanup(id),
  };
}

function label(id: string): string {
  const name = shortName(id);
  return name === id ? id : `VM ${name}`;
}

function cleanup(id: string): string {
  const name = shortName(id);
  return name === id ? `crm_resource --cleanup --resource ${plainId(id)}` : `haven vm cleanup ${name}`;
}

function manage(resource: ResourceStatus): string | undefined {
  const name = shortName(resource.id);
  return name === resource.id ? undefined : `haven vm manage ${name}`;
}
