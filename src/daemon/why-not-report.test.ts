import { expect, test } from "bun:test";
import type { ClusterStatus } from "../pacemaker/status.ts";
import { whyNotReport } from "./why-not-report.ts";

const vm = {
  id: "vm-web",
  role: "Started",
  managed: true,
  maintenance: false,
  blocked: false,
  nodes: ["node1"],
};
const node = { name: "node1", online: true, pending: false, maintenance: false };

function why(change: { readonly vm?: object; readonly status?: object; readonly atWork?: boolean } = {}) {
  const status = {
    ...{ quorum: true, maintenance: false, nodes: [node], resources: [{ ...vm, ...change.vm }] },
    ...change.status,
  } as unknown as ClusterStatus;
  return whyNotReport({ node: "node1", resource: "vm-web", status, agentAtWork: change.atWork ?? false });
}

test("a VM that runs here as it should, and that nobody acts on, may be reported", () => {
  expect(why()).toBeUndefined();
  expect(why({ vm: { pending: "Monitoring" } })).toBeUndefined();
});

test.each<readonly [string, Parameters<typeof why>[0]]>([
  ["Pacemaker acts on it", { atWork: true }],
  ["Pacemaker acts on it (Migrating)", { vm: { pending: "Migrating" } }],
  ["it is in maintenance", { status: { maintenance: true } }],
  ["it is in maintenance", { status: { nodes: [{ ...node, maintenance: true }] } }],
  ["it is not managed", { vm: { managed: false } }],
  ["it is blocked", { vm: { blocked: true } }],
  ["it is not to run", { vm: { targetRole: "Stopped" } }],
  ["it is not to run", { vm: { role: "Stopped" } }],
  ["the cluster has it on node2", { vm: { nodes: ["node2"] } }],
  ["the cluster has it on node1, node2", { vm: { nodes: ["node1", "node2"] } }],
  ["the cluster has no quorum", { status: { quorum: false } }],
  ["node1 is not in the cluster", { status: { nodes: [] } }],
  ["it is no VM of the cluster", { status: { resources: [] } }],
])("%s", (wanted, change) => {
  expect(why(change)).toBe(wanted);
});
