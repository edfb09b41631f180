import type { StatusProblem } from "../contract/status-report.ts";
import type {
  ClusterStatus,
  FailedAction,
  FenceEvent,
  NodeStatus,
  ResourceStatus,
} from "../pacemaker/status.ts";
import { isFenceDevice, isVm, resourceState, shortName } from "./status-resource.ts";

/** What a person should know before anything else, errors first. */
export function statusProblems(status: ClusterStatus): readonly StatusProblem[] {
  const found = [
    ...clusterProblems(status),
    ...status.nodes.flatMap(nodeProblems),
    ...fencingProblems(status),
    ...resourceProblems(status),
  ];
  return [...found.filter((p) => p.severity === "error"), ...found.filter((p) => p.severity === "warning")];
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

function fencingProblems(status: ClusterStatus): readonly StatusProblem[] {
  const found: StatusProblem[] = [];
  const devices = status.resources.filter(isFenceDevice);
  if (!status.stonithEnabled) {
    found.push({
      severity: "error",
      code: "fencing.disabled",
      text: "Fencing is off (stonith-enabled=false): a VM could run twice after its node was lost",
      next: "Configure a fence device, test it, and set stonith-enabled=true",
    });
  } else if (devices.length === 0) {
    found.push({
      severity: "error",
      code: "fencing.no-device",
      text: "No fence device is configured: a lost node's VMs cannot be started elsewhere",
      next: "Configure a fence device",
    });
  }
  if (status.fenceHistoryError !== undefined) {
    found.push({
      severity: "warning",
      code: "fencing.unknown",
      text: `What was fenced is not known: ${status.fenceHistoryError}`,
    });
  }
  found.push(...fenceEventProblems(status.fenceHistory));
  for (const device of devices) {
    const failures = status.failures.filter((failure) => failure.resource === plainId(device.id));
    const [failure] = failures.toReversed();
    if (device.active && failure === undefined) continue;
    if (!device.active && wantedStopped(device)) {
      found.push({
        severity: "warning",
        code: "fencing.device",
        subject: device.id,
        text: `Fence device ${device.id} is switched off`,
      });
    } else if (failure !== undefined) {
      found.push({
        severity: "error",
        code: "fencing.device",
        subject: device.id,
        text: `Fence device ${device.id}: ${failureText(failure)}`,
        next: `Mend the cause, then: crm_resource --cleanup --resource ${plainId(device.id)}`,
      });
    } else if (!device.active && device.pending === undefined && device.inside.length === 0) {
      found.push({
        severity: "error",
        code: "fencing.device",
        subject: device.id,
        text: `Fence device ${device.id} runs nowhere`,
      });
    }
  }
  return found;
}

/** The latest event of each target and action counts: what failed and then succeeded is past. */
function fenceEventProblems(events: readonly FenceEvent[]): readonly StatusProblem[] {
  const found: StatusProblem[] = [];
  const settled = new Set<string>();
  const running = events.filter((event) => event.status !== "success" && event.status !== "failed");
  for (const event of running) {
    found.push({
      severity: "warning",
      code: "fencing.pending",
      subject: event.target,
      text: `${event.target} is being fenced (${event.action})`,
    });
  }
  // crm_mon gives the latest first.
  for (const event of events) {
    if (running.includes(event) || settled.has(event.target)) continue;
    settled.add(event.target);
    if (event.status !== "failed") continue;
    const by = event.delegate === undefined ? "" : ` by ${event.delegate}`;
    const when = event.completed === undefined ? "" : ` at ${event.completed}`;
    const why = event.exitReason === undefined ? "" : `: ${event.exitReason}`;
    found.push({
      severity: "error",
      code: "fencing.failed",
      subject: event.target,
      text: `Fencing of ${event.target} (${event.action})${by} failed${when}${why}`,
      next: "Its resources wait. Mend the device; when the node is certainly off: stonith_admin --confirm NODE".replace(
        "NODE",
        event.target,
      ),
    });
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
    add(
      "error",
      "resource.stopped",
      `${name} is stopped although it should run`,
      `haven vm show ${shortName(id)}`,
    );
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

function wantedStopped(resource: ResourceStatus): boolean {
  return resource.targetRole !== undefined && /^stopped$/i.test(resource.targetRole);
}

const operations: Readonly<Record<string, string>> = {
  monitor: "the check",
  probe: "the first look",
  start: "the start",
  stop: "the stop",
  migrate_to: "the migration away",
  migrate_from: "the migration to here",
  "reload-agent": "taking new settings",
  reload: "taking new settings",
  promote: "the promotion",
  demote: "the demotion",
};

/** A failed operation in plain words: `the start on node1 failed at …: the disk is missing`. */
export function failureText(failure: FailedAction): string {
  const task = failure.operation === "monitor" && failure.intervalMs === 0 ? "probe" : failure.operation;
  const what = operations[task] ?? task;
  const when =
    failure.lastChange === undefined
      ? ""
      : ` at ${failure.lastChange.replace(/([+-]\d\d:\d\d|Z)$/, "").trim()}`;
  const outcome = /timed out/i.test(failure.status) ? "did not end in time" : "failed";
  const answer =
    failure.exitStatus === "" || failure.exitStatus === "ok" ? failure.status : failure.exitStatus;
  const why = failure.exitReason ?? (outcome === "failed" ? plainAnswer(answer) : undefined);
  return `${what} on ${failure.node} ${outcome}${when}${why === undefined ? "" : `: ${why}`}`;
}

function plainAnswer(answer: string): string {
  if (answer === "not running") return "it was not running";
  if (answer === "not installed") return "something it needs is not installed there";
  if (answer === "not configured") return "its configuration is wrong";
  return answer === "error" ? "the agent says only that it failed" : answer;
}

/** An instance's id without its number: `ping:1` is an instance of `ping`. */
function plainId(id: string): string {
  return id.replace(/:\d+$/, "");
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
