import type { stoppedDetail } from "../libvirt/constants.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";

/** A domain that has ended on this node, and what is known of its VM. */
export interface GoneFacts {
  /** What libvirt says of the end. */
  readonly detail: keyof typeof stoppedDetail;
  /** This node. */
  readonly node: string;
  /** The resource's id. */
  readonly resource: string;
  /** Asked for after the end. */
  readonly status: ClusterStatus;
  /** The policy for a guest that powers itself off: the monitor carries it out. */
  readonly guestShutdown: "restart" | "stay-down";
  /** The agent does something about the VM here, besides watching it. */
  readonly agentAtWork: boolean;
  /** How often this VM was reported within the time that counts. */
  readonly reportedLately: number;
}

/** So often within ten minutes: as often as Pacemaker tries a VM on a node (migration-threshold). */
export const mostReports = 3;

/**
 * Whether Pacemaker is to be told now that a VM is gone; else why not, and the monitor finds what there is to be found.
 * A report at the wrong time stops a healthy VM: while it is moved, after it has left, or where somebody acts on it
 * (tried on Pacemaker 3.0: docs/adr/reports.md). So only what is certain is reported.
 */
export function goneVerdict(facts: GoneFacts): { readonly report: boolean; readonly why: string } {
  const why = whyNot(facts);
  return why === undefined ? { report: true, why: endText[facts.detail] } : { report: false, why };
}

const endText: Record<GoneFacts["detail"], string> = {
  shutdown: "its guest has powered itself off",
  destroyed: "it was ended through libvirt",
  crashed: "it has crashed",
  migrated: "it has migrated",
  saved: "it was saved",
  failed: "its process has died",
  fromSnapshot: "it was reverted to a snapshot",
};

function whyNot(facts: GoneFacts): string | undefined {
  const { detail, status, resource, node, agentAtWork, guestShutdown, reportedLately } = facts;
  // Who destroys or saves a domain acts on it: the agent's stop, a migration that failed, an administrator.
  if (detail !== "failed" && detail !== "crashed" && detail !== "shutdown") return endText[detail];
  if (agentAtWork) return "Pacemaker acts on it";
  if (detail === "shutdown" && guestShutdown === "stay-down") return "its guest may power itself off";
  const own = status.nodes.find(({ name }) => name === node);
  if (own === undefined || !own.online || own.pending) return `${node} is not in the cluster`;
  if (status.maintenance || own.maintenance) return "it is in maintenance";
  if (!status.quorum) return "the cluster has no quorum";
  const found = status.resources.filter(({ id }) => id === resource);
  const [vm] = found;
  if (vm === undefined || found.length > 1) return "it is no VM of the cluster";
  if (!vm.managed || vm.maintenance) return "it is not managed";
  if (vm.blocked) return "it is blocked";
  if (vm.pending !== undefined && !/^monitor/i.test(vm.pending))
    return `Pacemaker acts on it (${vm.pending})`;
  if (vm.role !== "Started" || vm.targetRole === "Stopped") return "it is not to run";
  if (vm.nodes.length !== 1 || vm.nodes[0] !== node) return `the cluster has it on ${vm.nodes.join(", ")}`;
  if (reportedLately >= mostReports) return `it was reported ${reportedLately} times within ten minutes`;
  return undefined;
}
