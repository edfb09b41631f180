import { expect, test } from "bun:test";
import type { ClusterStatus, NodeStatus, ResourceStatus } from "../pacemaker/status.ts";
import { type GoneFacts, goneVerdict } from "./gone-verdict.ts";

const vm = {
  id: "vm-web",
  role: "Started",
  targetRole: undefined,
  managed: true,
  maintenance: false,
  blocked: false,
  pending: undefined,
  nodes: ["node1"],
} as unknown as ResourceStatus;
const node = { name: "node1", online: true, pending: false, maintenance: false } as unknown as NodeStatus;

interface Change {
  readonly vm?: Partial<ResourceStatus>;
  readonly node?: Partial<NodeStatus>;
  readonly status?: Partial<ClusterStatus>;
  readonly facts?: Partial<GoneFacts>;
}

function verdict(change: Change = {}): boolean {
  const status = {
    quorum: true,
    maintenance: false,
    failCounts: [{ resource: "vm-web", node: "node1", count: 3 }],
    resources: [{ ...vm, ...change.vm }],
    nodes: [{ ...node, ...change.node }],
    ...change.status,
  } as unknown as ClusterStatus;
  return goneVerdict({
    detail: "failed",
    node: "node1",
    resource: "vm-web",
    status,
    guestShutdown: "restart",
    agentAtWork: false,
    reportedLately: 0,
    ...change.facts,
  }).report;
}

test("a VM that should run here, and whose process has died, is reported", () => {
  expect(verdict()).toBe(true);
  expect(verdict({ facts: { detail: "crashed" } })).toBe(true);
  expect(verdict({ facts: { detail: "shutdown" } })).toBe(true);
  expect(verdict({ vm: { pending: "Monitoring" } })).toBe(true);
  expect(verdict({ facts: { reportedLately: 2 } })).toBe(true);
  // Cleaned up meanwhile, also where another VM, or another node, has failed.
  const others = [
    { resource: "vm-other", node: "node1", count: 9 },
    { resource: "vm-web", node: "node2", count: 9 },
  ] as unknown as ClusterStatus["failCounts"];
  for (const failCounts of [[], others]) {
    expect(verdict({ status: { failCounts }, facts: { reportedLately: 9 } })).toBe(true);
  }
});

test.each<readonly [string, Change]>([
  ["destroyed: somebody acts on it", { facts: { detail: "destroyed" } }],
  ["migrated", { facts: { detail: "migrated" } }],
  ["saved", { facts: { detail: "saved" } }],
  ["reverted to a snapshot", { facts: { detail: "fromSnapshot" } }],
  ["the agent is at work", { facts: { agentAtWork: true } }],
  ["its guest may power off", { facts: { detail: "shutdown", guestShutdown: "stay-down" } }],
  ["the cluster is in maintenance", { status: { maintenance: true } }],
  ["the node is in maintenance", { node: { maintenance: true } }],
  ["the VM is in maintenance", { vm: { maintenance: true } }],
  ["it is not managed", { vm: { managed: false } }],
  ["it is blocked", { vm: { blocked: true } }],
  ["no quorum", { status: { quorum: false } }],
  ["the node is not online", { node: { online: false } }],
  ["the node is joining", { node: { pending: true } }],
  ["the node is not in the cluster", { facts: { node: "node9" } }],
  ["an operation is pending", { vm: { pending: "Stopping" } }],
  ["it is being moved", { vm: { pending: "Migrating" } }],
  ["it counts as stopped", { vm: { role: "Stopped", nodes: [] } }],
  ["it is to stop", { vm: { targetRole: "Stopped" } }],
  ["it counts as running elsewhere", { vm: { nodes: ["node2"] } }],
  ["it counts as running twice", { vm: { nodes: ["node1", "node2"] } }],
  ["no such resource", { facts: { resource: "vm-other" } }],
  ["an anonymous clone of it", { status: { resources: [vm, vm] } }],
  ["reported too often", { facts: { reportedLately: 3 } }],
])("not reported: %s", (_, change) => {
  expect(verdict(change)).toBe(false);
});
