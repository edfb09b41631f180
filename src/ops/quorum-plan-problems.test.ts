import { expect, test } from "bun:test";
import type { ClusterPlan, PlanQuorumDevice } from "./cluster-plan.ts";
import { quorumPlanProblems } from "./quorum-plan-problems.ts";

function problems(count: number, quorumDevice: PlanQuorumDevice): string {
  const plan: ClusterPlan = {
    name: "test",
    nodes: Array.from({ length: count }, (_, at) => ({
      name: `node${at + 1}`,
      addresses: [`10.0.0.${at + 1}`],
    })),
    fencing: [],
    quorumDevice,
    pingTargets: [],
    expectedVms: 10,
  };
  return quorumPlanProblems(plan).join("\n");
}

test("a server beside the nodes is right", () => {
  const host = "10.0.0.9";
  expect(problems(2, { host })).toBe("");
  expect(problems(4, { host: "witness.example.org", tieBreaker: "node3" })).toBe("");
  expect(problems(3, { host, algorithm: "lms", tieBreaker: "highest" })).toBe("");
});

test.each<[number, PlanQuorumDevice, string]>([
  [2, { host: "node2" }, "is node2: with that node"],
  [2, { host: "10.0.0.1" }, "is node1: with that node"],
  [2, { host: "a\n}" }, "neither an address nor a name"],
  [1, { host: "10.0.0.9" }, "of no use to one node"],
  [3, { host: "10.0.0.9" }, "3 nodes have a majority without"],
  [2, { host: "10.0.0.9", tieBreaker: "node3" }, "none of lowest, highest, node1, node2"],
])("%d nodes, %j", (count, device, words) => {
  expect(problems(count, device)).toContain(words);
});
