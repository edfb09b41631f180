import { HavenError } from "../base/errors.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { QuorumStatus } from "../pacemaker/quorum.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import { checkNodeNames } from "./node-names.ts";
import { pacemakerSeconds } from "./pacemaker-seconds.ts";
import { hasVoteToSpare } from "./status-quorum.ts";
import { list } from "./wait-vms.ts";
import { watchdogDevice, watchdogFencing } from "./watchdog-fencing.ts";

export interface PowerTestQuestion {
  readonly node: string;
  readonly device?: string | undefined;
  /** The node that the test is run from. */
  readonly self: string;
  readonly cib: Cib;
  readonly status: ClusterStatus;
  readonly quorum?: QuorumStatus | undefined;
  /** The devices of each step of the node's escalation. */
  readonly steps: readonly (readonly string[])[];
}

/** What a test that shoots a node is about to do. */
export interface PowerTestPlan {
  readonly node: string;
  readonly devices: readonly string[];
  /** It was in standby before: it stays so. */
  readonly inStandby: boolean;
  /** How long all devices together may take. */
  readonly timeoutMs: number;
}

/**
 * Whether a node may be shot for a test: only where nothing is wrong and nothing would be lost by it.
 *
 * @throws HavenError cib.not-found, fence.refused
 */
export function checkPowerTest(question: PowerTestQuestion): PowerTestPlan {
  const { node, self, cib, status } = question;
  checkNodeNames([node], status.nodes);
  const refuse = (what: string, hint?: string): never => {
    throw new HavenError("fence.refused", { what, ...(hint === undefined ? {} : { hint }) });
  };
  const target = status.nodes.find(({ name }) => name === node);
  if (target?.type !== "member") refuse(`${node} is no cluster node of its own`);
  if (node === self) refuse(`This is ${node}: a node cannot watch its own end`, "Run it on another node");
  if (!status.stonithEnabled) refuse("Fencing is off (stonith-enabled=false): there is nothing to test");
  if (status.dc === undefined || !status.quorum)
    refuse("The cluster has no quorum: it is not the time to test");
  if (status.maintenance || target?.maintenance === true) {
    refuse("In maintenance nothing would leave the node", "haven cluster maintenance off");
  }
  const lost = status.nodes.filter(({ type, online, pending, unclean }) =>
    type === "member" ? !online || pending || unclean : false,
  );
  const members = status.nodes.filter(({ type }) => type === "member").length;
  const [first] = lost;
  // The votes of all others must do while it is away. Two nodes have a way of their own (two_node).
  if (first !== undefined && (first.name === node || members - lost.length - 1 <= members / 2)) {
    refuse(`${list(lost.map(({ name }) => name))} is not online: it is not the time to test`);
  }
  if (question.quorum !== undefined && !hasVoteToSpare(question.quorum, node)) {
    const { totalVotes, expectedVotes } = question.quorum;
    refuse(
      `Without ${node} the others are no majority (${totalVotes} of ${expectedVotes} votes are here), and all VMs would stop`,
      "corosync-quorumtool -s",
    );
  }
  const running = status.fenceHistory.find(({ status: how }) => how !== "success" && how !== "failed");
  if (running !== undefined) refuse(`${running.target} is being fenced now: it is not the time to test`);
  const devices = chooseDevices(question, refuse);
  return { node, devices, inStandby: target?.standby === true, timeoutMs: 1000 * secondsOf(cib, devices) };
}

function chooseDevices(
  { node, device, steps, cib }: PowerTestQuestion,
  refuse: (what: string, hint?: string) => never,
): readonly string[] {
  // Nodes without a device reset themselves, and Pacemaker waits for that as it does for a device.
  if (steps.length === 0 && device === undefined && watchdogFencing(cib)?.running === true) {
    return [watchdogDevice];
  }
  const isPerson = (id: string): boolean => cib.byId(id)?.get("type") === "fence_haven_manual";
  const missing = steps.flat().find((id) => cib.byId(id) === undefined);
  if (missing !== undefined) refuse(`${missing}, in the levels of ${node}, is not there`);
  // A person is asked when all else has failed: that is not what is tested.
  const real = steps.filter((step) => !step.some(isPerson));
  if (real.length === 0) {
    refuse(
      steps.length === 0 ? `No device can shoot ${node}` : `Only a person can switch ${node} off`,
      `haven fence add KIND --for ${node}`,
    );
  }
  const devices = [...new Set(real.flat())];
  if (device === undefined) return devices;
  if (!devices.includes(device)) refuse(`${device} does not shoot ${node}`, "haven fence list");
  if (devices.length > 1) {
    const now = steps.map((step) => step.join("+")).join(" ");
    refuse(
      `Pacemaker cannot aim at one device: ${node} is shot by ${list(devices)}`,
      `Put ${device} alone in its levels, test, and put them back: haven fence levels ${node} ${device}; afterwards: haven fence levels ${node} ${now}`,
    );
  }
  return [device];
}

/** Every device may need all of its time, twice, and then the next one is tried. */
function secondsOf(cib: Cib, devices: readonly string[]): number {
  const usual = pacemakerSeconds(cib.property("stonith-timeout")) ?? 60;
  const each = devices.map((id) => {
    if (id === watchdogDevice) return watchdogFencing(cib)?.seconds ?? usual;
    const element = cib.byId(id);
    const values = element === undefined ? undefined : cib.nvpairs(element, "instance_attributes");
    return pacemakerSeconds(values?.get("pcmk_reboot_timeout")) ?? usual;
  });
  return 60 + 2 * each.reduce((a, b) => a + b, 0);
}
