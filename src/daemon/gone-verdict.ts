import type { stoppedDetail } from "../libvirt/constants.ts";
import { type ReportFacts, whyNotReport } from "./why-not-report.ts";

/** A domain that has ended on this node, and what is known of its VM. */
export interface GoneFacts extends ReportFacts {
  /** What libvirt says of the end. */
  readonly detail: keyof typeof stoppedDetail;
  /** The policy for a guest that powers itself off: the monitor carries it out. */
  readonly guestShutdown: "restart" | "stay-down";
  /** How often this VM was reported within the time that counts. */
  readonly reportedLately: number;
}

/**
 * So often within ten minutes: as often as Pacemaker tries a VM on a node (migration-threshold). As there, what an
 * administrator has cleaned up counts no more.
 */
export const mostReports = 3;

/**
 * Whether Pacemaker is to be told now that a VM is gone; else why not, and the monitor finds what there is to be found.
 * Only what is certain is reported.
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
  const { detail, guestShutdown, reportedLately, node, resource, status } = facts;
  // Who destroys or saves a domain acts on it: the agent's stop, a migration that failed, an administrator.
  if (detail !== "failed" && detail !== "crashed" && detail !== "shutdown") return endText[detail];
  if (detail === "shutdown" && guestShutdown === "stay-down") return "its guest may power itself off";
  const why = whyNotReport(facts);
  if (why !== undefined) return why;
  const isRemembered = status.failCounts.some((one) => one.resource === resource && one.node === node);
  return isRemembered && reportedLately >= mostReports
    ? `it was reported ${reportedLately} times within ten minutes`
    : undefined;
}
