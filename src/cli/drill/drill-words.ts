import type { DrillReport, DrillTrial, DrillVerdict } from "../../contract/drill-report.ts";

/** Verdicts as people read them. */
export const verdictWords: Readonly<Record<DrillVerdict, string>> = {
  "as-foreseen": "as foreseen",
  elsewhere: "on another node than foreseen",
  unforeseen: "not foreseen",
  late: "too late",
  "not-recovered": "did not run again",
  "down-as-foreseen": "no place, as foreseen",
  unknown: "not known",
};

/** Headings of trials: "node2 lost", "web1 ended on node2". */
export function trialTitle({ what, nodes, vms }: DrillTrial): string {
  const where = nodes.join(" and ");
  const who = vms.map(({ vm }) => vm).join(", ");
  return {
    "power-cut": `${where} without power`,
    kill: `${who} ended on ${where}`,
    move: `${who} moved to ${where}`,
    fence: `${where} fenced`,
  }[what];
}

/** "4.2", or a dash. */
export function secondsText(seconds: number | null): string {
  return seconds === null ? "–" : seconds.toFixed(1);
}

/** "passed", "failed", "interrupted" … */
export function drillEnd({ complete, passed }: Pick<DrillReport, "complete" | "passed">): string {
  return passed ? "passed" : complete ? "failed" : "not complete";
}

/** What is to be known about a drill, as names and values. */
export function drillFacts(report: DrillReport): readonly (readonly [string, string])[] {
  const { cluster, versions, within, seed, began, ended } = report;
  const nodes = `${cluster.nodes.join(", ")}${cluster.without.length === 0 ? "" : ` (without ${cluster.without.join(", ")})`}`;
  const written = cluster.written === null ? "" : `, written ${cluster.written}`;
  const software = [
    `Haven ${versions.haven}`,
    ...(versions.pacemaker === null ? [] : [`Pacemaker ${versions.pacemaker}`]),
    ...(versions.image === null ? [] : [versions.image]),
  ];
  return [
    ["Result", drillEnd(report)],
    ["Begun", began],
    ["Ended", ended],
    ["Where", report.kind === "lab" ? "in a lab" : "on canary VMs of the cluster itself"],
    ["Cluster", cluster.name ?? "without a name"],
    ["Nodes", nodes],
    ["Configuration", `${cluster.stamp}${written}, from ${cluster.source}, SHA-256 ${cluster.digest}`],
    ["To run again within", within === null ? "no limit was given" : `${within} s`],
    ["Order drawn with", seed === null ? "not drawn" : `seed ${seed}`],
    ["Software", software.join(", ")],
  ];
}
