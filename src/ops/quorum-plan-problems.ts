import type { ClusterPlan } from "./cluster-plan.ts";

/** What is wrong with a plan's further vote, in words; empty where it has none. */
export function quorumPlanProblems({ quorumDevice: device, nodes }: ClusterPlan): readonly string[] {
  if (device === undefined) return [];
  const problems: string[] = [];
  const { host, algorithm = "ffsplit", tieBreaker = "lowest" } = device;
  const member = nodes.find(({ name, addresses }) => name === host || addresses.includes(host));
  if (member !== undefined) {
    problems.push(`The quorum device ${host} is ${member.name}: with that node its vote would be lost too`);
  }
  if (!/^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/.test(host)) {
    problems.push(`The quorum device '${host}' is neither an address nor a name`);
  }
  if (nodes.length < 2) problems.push("A quorum device is of no use to one node");
  else if (algorithm === "ffsplit" && nodes.length % 2 === 1) {
    problems.push(
      `${nodes.length} nodes have a majority without a quorum device, and one vote more (ffsplit) would not let them lose ` +
        "another node; algorithm: lms lets the last node go on, and none may be lost while the device is away",
    );
  }
  const breakers = ["lowest", "highest", ...nodes.map(({ name }) => name)];
  if (!breakers.includes(tieBreaker)) {
    problems.push(`The tie-breaker '${tieBreaker}' of the quorum device is none of ${breakers.join(", ")}`);
  }
  return problems;
}
