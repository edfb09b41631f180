import { expect, test } from "bun:test";
import type { ClusterStatus, ResourceStatus } from "../pacemaker/status.ts";
import type { VmEntry } from "../vm/vms-in-cib.ts";
import { vmViews } from "./vm-views.ts";

const entry = {
  name: "web1",
  resource: "vm-web1",
  managed: true,
  migratable: true,
  priority: 1,
} as unknown as VmEntry;

const resource: ResourceStatus = {
  id: "vm-web1",
  agent: "ocf:haven:Domain",
  role: "Started",
  targetRole: undefined,
  active: true,
  orphaned: false,
  blocked: false,
  managed: true,
  maintenance: false,
  failed: false,
  failureIgnored: false,
  pending: undefined,
  lockedTo: undefined,
  nodes: ["node1"],
  inside: [],
};

function view(change: Partial<ResourceStatus>, failures = 0, targetRole?: string) {
  const failure = {
    resource: "vm-web1",
    operation: "start",
    node: "node1",
    status: "complete",
    exitStatus: "error",
  };
  const status = {
    maintenance: false,
    resources: [{ ...resource, ...change }],
    failures: Array(failures).fill(failure),
  } as unknown as ClusterStatus;
  const [found] = vmViews([{ ...entry, targetRole }], [], status, 0);
  return found;
}

test.each([
  [{}, 0, "running"],
  [{ pending: "Migrating" }, 0, "migrating"],
  [{ role: "Starting", active: false, nodes: [] }, 0, "starting"],
  [{ role: "Stopping" }, 0, "stopping"],
  [{ role: "Stopped", active: false, nodes: [] }, 0, "stopped"],
  [{ role: "Stopped", active: false, nodes: [] }, 1, "failed"],
  [{ failed: true }, 1, "failed"],
  [{ failed: true, blocked: true, nodes: ["node1", "node2"] }, 1, "blocked"],
] as const)("%j with %d failures is %s", (change, failures, state) => {
  expect(view(change as Partial<ResourceStatus>, failures)?.state).toBe(state);
});

test("a VM that is to be stopped is not failed, and its failures are told", () => {
  const found = view({ role: "Stopped", active: false, nodes: [] }, 1, "Stopped");
  expect(found).toMatchObject({ state: "stopped", wanted: "stopped" });
  expect(found?.failures).toEqual(["start on node1 failed: error"]);
});
