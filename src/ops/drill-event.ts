import { hostname } from "node:os";
import type { LeftEvent } from "../base/leave-event.ts";
import type { DrillReport } from "../contract/drill-report.ts";
import { drillSummary } from "../plan/drill-verdict.ts";

/** What the history keeps of a drill. */
export function drillEvent(report: DrillReport): LeftEvent {
  const { kind, passed, complete, began, cluster, within, trials } = report;
  const { losses, recovered, failed, median, longest } = drillSummary(trials);
  const where = kind === "lab" ? "in a lab" : "on canaries";
  const end = passed ? "passed" : complete ? "failed" : "was not complete";
  const slowest = longest === null ? "" : `, the slowest after ${longest.toFixed(1)} s`;
  return {
    node: hostname(),
    kind: passed ? "drill.passed" : "drill.failed",
    text: `A drill ${where} ${end}: ${recovered} of ${losses} VMs ran again in ${trials.length} trials${slowest}`,
    data: {
      ...{ drill: kind, passed, complete, began, cluster: cluster.name, stamp: cluster.stamp, within },
      ...{ trials: trials.length, losses, recovered, failed, median, longest },
    },
  };
}
