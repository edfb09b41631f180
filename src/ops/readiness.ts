import { isSecretParameter } from "../contract/fence-kinds.ts";
import type { StatusReadiness, StatusReadinessReason, StatusReady } from "../contract/status-report.ts";
import type { Cib, CibNode } from "../pacemaker/cib.ts";
import type { QuorumStatus } from "../pacemaker/quorum.ts";
import type { ClusterStatus, NodeStatus } from "../pacemaker/status.ts";
import { Room } from "../plan/room.ts";
import { type FenceDevice, fenceDevices, fenceSteps } from "./fence-devices.ts";
import { powerTestAttribute, reachTestAttribute, readPowerTest, readReachTest } from "./fence-test-record.ts";
import { type Shooting, stepReasons, testReasons, watchdogReasons } from "./node-readiness.ts";
import { hasVoteToSpare } from "./status-quorum.ts";
import { vmReadiness } from "./vm-readiness.ts";
import { watchdogDevice, watchdogFencing } from "./watchdog-fencing.ts";
import { type WatchdogLevelProblem, watchdogLevelProblems } from "./watchdog-levels.ts";

/**
 * Whether the loss of each node would be survived now: that the node would be fenced, and that each VM would start
 * elsewhere. Only from what is known already; nothing is asked.
 *
 * @param now Milliseconds since 1970
 * @param quorum How the votes stand, where that is known
 * @param room Of the same configuration, where it is known already
 */
export function readiness(
  status: ClusterStatus,
  cib: Cib,
  now: number,
  quorum?: QuorumStatus | undefined,
  room = new Room(cib),
): StatusReadiness {
  const devices = fenceDevices(cib, isSecretParameter);
  const members = cib.nodes.filter(({ type }) => type === "member");
  const watchdogs = watchdogLevelProblems(cib);
  const cluster = clusterReasons(status, members);
  const nodes = members.map((node): StatusReady => {
    const shooting = shootingOf(node, { status, cib, devices, watchdogs, now });
    const own = [
      ...stateReasons(
        node.name,
        status.nodes.find(({ name }) => name === node.name),
      ),
      ...voteReasons(node.name, quorum),
      ...(cluster.some(({ code }) => code === "fencing-disabled") ? [] : fencingReasons(shooting)),
    ];
    const reasons = [...cluster, ...own];
    const { test } = shooting;
    return {
      name: node.name,
      ready: reasons.length === 0,
      reasons,
      ...(test?.ok === true ? { tested: new Date(test.time).toISOString() } : {}),
    };
  });
  const vms = vmReadiness({ status, cib, room, cluster, nodes });
  return { ready: [...nodes, ...vms].every(({ ready }) => ready), nodes, vms };
}

/** What no node and no VM can be ready with. */
function clusterReasons(
  status: ClusterStatus,
  members: readonly CibNode[],
): readonly StatusReadinessReason[] {
  const found: StatusReadinessReason[] = [];
  if (members.length < 2) {
    found.push({ code: "one-node", text: "the cluster has one node", next: "Add a node" });
  }
  if (!status.stonithEnabled) {
    const next = "crm_attribute --name stonith-enabled --update true";
    found.push({ code: "fencing-disabled", text: "fencing is off (stonith-enabled=false)", next });
  }
  if (status.maintenance) {
    const text = "the cluster is in maintenance: nothing is recovered";
    found.push({ code: "maintenance", text, next: "haven cluster maintenance off" });
  }
  return found;
}

function stateReasons(name: string, node: NodeStatus | undefined): readonly StatusReadinessReason[] {
  if (node === undefined || !node.online || node.pending || node.unclean) {
    return [{ code: "node-state", text: node?.unclean === true ? "it is UNCLEAN" : "it is not online" }];
  }
  if (!node.maintenance) return [];
  const next = `haven cluster maintenance off --node ${name}`;
  return [{ code: "maintenance", text: "it is in maintenance: nothing on it is recovered", next }];
}

function voteReasons(name: string, quorum: QuorumStatus | undefined): readonly StatusReadinessReason[] {
  // Without quorum nothing is recovered, which is a problem of this moment.
  if (quorum === undefined || !quorum.quorate || hasVoteToSpare(quorum, name)) return [];
  const text = `without its vote the others are no majority (${quorum.totalVotes} of ${quorum.expectedVotes} votes are here)`;
  return [{ code: "votes", text, next: "Bring the missing votes back; see: corosync-quorumtool -s" }];
}

interface World {
  readonly status: ClusterStatus;
  readonly cib: Cib;
  readonly devices: readonly FenceDevice[];
  readonly watchdogs: readonly WatchdogLevelProblem[];
  readonly now: number;
}

function shootingOf(
  { name, attributes }: CibNode,
  { status, cib, devices, watchdogs, now }: World,
): Shooting {
  return {
    node: name,
    steps: fenceSteps(cib, name, devices).map((step) => step.devices),
    devices,
    status,
    test: readPowerTest(attributes.get(powerTestAttribute)),
    watchdog: watchdogFencing(cib),
    watchdogProblem: watchdogs.find((problem) => problem.node === name),
    reach: readReachTest(attributes.get(reachTestAttribute)),
    defaults: {
      action: cib.property("stonith-action") === "off" ? "off" : "reboot",
      timeout: cib.property("stonith-timeout"),
    },
    now,
  };
}

/** One step of the escalation that works is enough; where none does, the first says why. */
function fencingReasons(shooting: Shooting): readonly StatusReadinessReason[] {
  const { node, steps } = shooting;
  const { watchdog } = shooting;
  if (steps.length === 0 && watchdog !== undefined) {
    const reasons = watchdogReasons(shooting);
    return reasons.length > 0 ? reasons : testReasons(shooting, [watchdogDevice]);
  }
  if (steps.length === 0) {
    const next = `haven fence add KIND --for ${node}`;
    return [{ code: "no-device", text: "no device can shoot it", next }];
  }
  const each = steps.map((step) => {
    const reasons = stepReasons(shooting, step);
    return reasons.length > 0 ? reasons : testReasons(shooting, step);
  });
  if (each.some((reasons) => reasons.length === 0)) return [];
  // What a person would do is no reason where a device only wants to be tested.
  const [first = []] = [...each.filter(([reason]) => reason?.code !== "person-only"), ...each];
  return first;
}
