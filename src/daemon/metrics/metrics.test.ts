import { expect, test } from "bun:test";
import { largeCib } from "../../../test/bench/large-cib.ts";
import { parseExposition } from "../../../test/support/parse-exposition.ts";
import { HavenError } from "../../base/errors.ts";
import { eventSeverity, type HavenEvent } from "../../contract/event.ts";
import { powerTestAttribute } from "../../ops/fence-test-record.ts";
import type { QuorumStatus } from "../../pacemaker/quorum.ts";
import type { ClusterStatus, NodeStatus, ResourceStatus } from "../../pacemaker/status.ts";
import { ClusterAnswers } from "../cluster-answers.ts";
import { Heartbeats } from "../heartbeats.ts";
import type { Snapshot } from "../status-keeper.ts";
import { type MetricDefinition, metricTable } from "./metric-table.ts";
import { Metrics } from "./metrics.ts";
import { vmsWantedOn } from "./vms-wanted-on.ts";

function node(name: string): NodeStatus {
  const off = { standby: false, standbyOnFail: false, maintenance: false, pending: false, unclean: false };
  const rest = { shutdown: false, expectedUp: true, health: "green", featureSet: undefined };
  return {
    ...{
      name,
      id: name.replace("node", ""),
      type: "member",
      online: true,
      dc: name === "node1",
      resourcesRunning: 17,
    },
    ...{ ...off, ...rest, attributes: new Map() },
  };
}

function resource(id: string, agent: string, nodes: readonly string[]): ResourceStatus {
  const off = { orphaned: false, blocked: false, maintenance: false, failed: false, failureIgnored: false };
  const none = { targetRole: undefined, pending: undefined, lockedTo: undefined };
  return { id, agent, role: "Started", active: true, managed: true, nodes, inside: [], ...off, ...none };
}

function statusOf(nodes: number, vms: number): ClusterStatus {
  const names = Array.from({ length: nodes }, (_, i) => `node${i + 1}`);
  const at = (i: number): readonly string[] => [names[i % nodes] ?? ""];
  return {
    ...{ stack: "corosync", quorum: true, maintenance: false, stonithEnabled: true, symmetric: true },
    ...{ noQuorumPolicy: "stop", stopAll: false, lastUpdate: undefined, lastChange: undefined },
    dc: { name: "node1", version: "3.0.0", mixedVersion: false },
    ...{ resourcesConfigured: vms, resourcesDisabled: 0, resourcesBlocked: 0 },
    nodes: names.map(node),
    resources: [
      ...Array.from({ length: vms }, (_, i) => resource(`vm-app${i + 1}`, "ocf:haven:Domain", at(i))),
      resource("fence-chassis1", "stonith:fence_haven_chassis", at(0)),
    ],
    ...{
      containers: [],
      failures: [],
      failCounts: [],
      fenceHistory: [],
      fenceHistoryError: undefined,
      bans: [],
    },
  };
}

const links = [
  { link: 0, address: "10.0.0.1", peer: 2, connected: true },
  { link: 1, address: "10.0.1.1", peer: 2, connected: false },
];
const votes = {
  quorate: true,
  expectedVotes: 24,
  totalVotes: 23,
  neededVotes: 13,
  twoNode: false,
  nodes: [],
};

/** @param configuration Within `<cib>` */
function world(status: ClusterStatus, configuration: string, quorum: QuorumStatus | undefined = votes) {
  const clock = { wall: 1_780_000_000_000, now: () => clock.wall, monotonic: () => clock.wall };
  let number = 1;
  const state = { failure: undefined as HavenError | undefined, status };
  const snapshot = (): Snapshot => ({
    ...{ status: state.status, quorum, links, configuration, number, askedAt: clock.wall },
  });
  const keeper = {
    ...{ isCurrent: true, last: undefined, holdsFrom: 0, outdatedUntil: () => undefined },
    current: () =>
      state.failure === undefined ? Promise.resolve(snapshot()) : Promise.reject(state.failure),
  };
  const answers = new ClusterAnswers(keeper, { ...clock, sleep: () => Promise.resolve() });
  const heartbeats = new Heartbeats(clock);
  const ranOn = (name: string) => vmsWantedOn(name, state.status);
  const metrics = new Metrics({ node: "node1", answers, heartbeats, ranOn, clock });
  const hear = (event: Partial<HavenEvent> & { readonly kind: string }): void =>
    metrics.heard({
      ...{ id: 1, key: "", time: clock.wall, node: "node1", text: "" },
      ...{ severity: eventSeverity(event.kind), ...event },
    });
  const value = async (name: string, labels: Readonly<Record<string, string>> = {}) => {
    const found = [...parseExposition(await metrics.text()).values()].flatMap(({ samples }) => samples);
    return found.find((sample) => sample.name === name && Bun.deepEquals(sample.labels, labels))?.value;
  };
  return { metrics, hear, value, heartbeats, clock, state, changed: () => number++ };
}

const small = largeCib({ nodes: 2, vms: 3, probes: false });

test("every metric of the table is told, with the labels that the table names, as strict readers want it", async () => {
  const element = `<node id="1" uname="node1">`;
  const record = "2026-05-01T00:00:00Z ok off=3.4 whole=8.0 device=fence-chassis1 from=node2";
  const pair = `<nvpair id="t1" name="${powerTestAttribute}" value="${record}"/>`;
  const attributes = `<instance_attributes id="t">${pair}</instance_attributes>`;
  const configuration = small.replace(element, element + attributes);
  const { metrics, hear, heartbeats } = world(statusOf(2, 3), configuration);
  heartbeats.heard("app1");
  hear({ kind: "vm.gone", vm: "app1" });
  hear({ kind: "vm.started", vm: "app1", data: { action: "start", ms: 1500 } });
  hear({ kind: "vm.migrated", vm: "app1", data: { action: "migrate_from", ms: 1500 } });
  hear({ kind: "fence.succeeded", node: "node2", data: { action: "reboot" } });
  metrics.api.answered({ route: "getStatus", status: 403, refusal: "api.role" });
  const families = parseExposition(await metrics.text());
  expect([...families.keys()].toSorted()).toEqual(Object.keys(metricTable).toSorted());
  for (const [name, { type, labels }] of Object.entries<MetricDefinition>(metricTable)) {
    expect([name, families.get(name)?.type]).toEqual([name, type]);
    for (const sample of families.get(name)?.samples ?? []) {
      const { le: _, ...own } = sample.labels;
      expect([name, Object.keys(own)]).toEqual([name, [...labels]]);
    }
  }
});

test("VMs and nodes: one series for the state of each VM, all states of each node", async () => {
  const { value, state, changed } = world(statusOf(2, 3), small);
  expect(await value("haven_vms", { state: "running" })).toBe(3);
  expect(await value("haven_vms", { state: "failed" })).toBe(0);
  expect(await value("haven_vm_state", { vm: "app2", node: "node2", state: "running" })).toBe(1);
  expect(await value("haven_node_state", { node: "node2", state: "online" })).toBe(1);
  expect(await value("haven_node_state", { node: "node2", state: "unclean" })).toBe(0);
  expect(await value("haven_node_fencing_ready", { node: "node2", reason: "not-tested" })).toBe(0);
  expect(await value("haven_vm_ready", { vm: "app2", reason: "node-not-ready" })).toBe(0);
  expect(await value("haven_cluster_votes")).toBe(23);
  expect(await value("haven_link_up", { link: "0", peer: "node2" })).toBe(1);
  expect(await value("haven_link_up", { link: "1", peer: "node2" })).toBe(0);
  const { status } = state;
  state.status = {
    ...status,
    nodes: status.nodes.map((one) => ({ ...one, unclean: one.name === "node2" })),
    resources: status.resources.map((one) =>
      one.id === "vm-app2" ? { ...one, active: false, nodes: [], role: "Stopped" } : one,
    ),
  };
  changed();
  expect(await value("haven_vms", { state: "running" })).toBe(2);
  expect(await value("haven_vm_state", { vm: "app2", node: "", state: "stopped" })).toBe(1);
  expect(await value("haven_node_state", { node: "node2", state: "unclean" })).toBe(1);
});

test("operations, migrations and recoveries are counted by what came of them", async () => {
  const { hear, value, clock } = world(statusOf(2, 3), small);
  hear({ kind: "vm.left", vm: "app1", data: { action: "migrate_to", ms: 4000, to: "node2" } });
  hear({ kind: "vm.migration-failed", vm: "app1", data: { action: "migrate_to", ms: 700 } });
  hear({ kind: "vm.failed", vm: "app1", data: { task: "migrate_from", ms: 600_000, timedOut: true } });
  hear({ kind: "vm.failed", vm: "app1", data: { task: "monitor", timedOut: true } });
  hear({ kind: "vm.rebooted", vm: "app1", data: { action: "constructor", ms: 1 } });
  const count = "haven_vm_operation_duration_seconds_count";
  expect(await value(count, { operation: "migrate_to", result: "ok" })).toBe(1);
  expect(await value(count, { operation: "migrate_to", result: "failed" })).toBe(1);
  expect(await value(count, { operation: "migrate_from", result: "timed-out" })).toBe(1);
  // Where it is not said how long it took, it is not counted as if it had taken no time.
  expect(await value(count, { operation: "monitor", result: "timed-out" })).toBeUndefined();
  expect(await value("haven_vm_migrations_total", { result: "failed" })).toBe(2);
  expect(await value("haven_events_total", { kind: "vm.failed", severity: "error" })).toBe(2);
  hear({ kind: "later.kind" });
  expect(await value("haven_events_total", { kind: "other", severity: "info" })).toBe(1);
  hear({ kind: "node.lost", node: "node2" });
  clock.wall += 15_000;
  hear({ kind: "vm.started", vm: "app2", data: { action: "start", ms: 900 } });
  expect(await value("haven_vm_recovery_duration_seconds_sum", { cause: "node" })).toBe(15);
});

test("the age of a heartbeat is told as long as its guest is here", async () => {
  const { value, heartbeats, clock } = world(statusOf(2, 3), small);
  const age = (vm: string) => value("haven_guest_heartbeat_age_seconds", { vm });
  heartbeats.heard("app1");
  heartbeats.heard("app2");
  heartbeats.heard("app3");
  clock.wall += 2500;
  // app2 has moved to node2; app3's run has ended.
  heartbeats.ended("app3");
  expect([await age("app1"), await age("app2"), await age("app3")]).toEqual([2.5, undefined, undefined]);
});

test("where Pacemaker does not answer, that is said, with what is known without it", async () => {
  const { value, state, hear } = world(statusOf(2, 3), small);
  state.failure = new HavenError("pacemaker.down");
  hear({ kind: "vm.started", vm: "app1", data: { action: "start", ms: 900 } });
  expect(await value("haven_pacemaker_up")).toBe(0);
  expect(await value("haven_cluster_quorate")).toBeUndefined();
  expect(await value("haven_vm_operation_duration_seconds_count", { operation: "start", result: "ok" })).toBe(
    1,
  );
});

test("24 nodes and 400 VMs are told of in less than 100 ms", async () => {
  const { metrics, changed, clock } = world(statusOf(24, 400), largeCib({ probes: false }));
  await metrics.text();
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    // Each time a state that was not told of before.
    changed();
    clock.wall += 1000;
    const began = process.cpuUsage();
    const text = await metrics.text();
    const { user, system } = process.cpuUsage(began);
    times.push((user + system) / 1000);
    expect(parseExposition(text).get("haven_vm_state")?.samples.length).toBe(400);
  }
  // The processor's time, of the quickest: others use the machine, too.
  expect(Math.min(...times)).toBeLessThan(100);
}, 60_000);
