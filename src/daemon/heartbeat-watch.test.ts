import { expect, test } from "bun:test";
import type { Clock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import type { HavenEvent } from "../contract/event.ts";
import { domainState } from "../libvirt/constants.ts";
import type { ClusterVm, ClusterVms } from "./cluster-vms.ts";
import { mostRestarts, watchHeartbeats } from "./heartbeat-watch.ts";
import { Heartbeats } from "./heartbeats.ts";
import type { Snapshot } from "./status-keeper.ts";

type Heartbeat = NonNullable<NonNullable<NonNullable<ClusterVm["spec"]>["policies"]>["heartbeat"]>;

/** A node on which web's guest has said once that it is alive, unless a step of a test says otherwise. */
function world(policy: Heartbeat | undefined) {
  const vm = {
    ...{ id: "vm-web", role: "Started", managed: true, maintenance: false, blocked: false, nodes: ["node1"] },
    ...{ pending: undefined as string | undefined, targetRole: undefined },
  };
  const status = {
    ...{ quorum: true, maintenance: false, resources: [vm] },
    nodes: [{ name: "node1", online: true, pending: false, maintenance: false }],
  };
  const state = {
    ...{
      now: 0,
      isConnected: true,
      atWork: false,
      stalledMs: 0,
      isHistoryBroken: false,
      isHistoryClosed: false,
    },
    domain: domainState.running as number | undefined,
    failure: undefined as Error | undefined,
    vm,
    status,
  };
  const failed: number[] = [];
  const events: { kind: string; text: string; data: Readonly<Record<string, unknown>> }[] = [];
  const remembered: HavenEvent[] = [];
  const clock = { now: () => state.now, monotonic: () => state.now };
  const heartbeats = new Heartbeats(clock);
  const spec = { policies: policy === undefined ? {} : { heartbeat: policy } };
  const own = {
    name: "web",
    resource: "vm-web",
    uuid: "u",
    guestShutdown: "restart",
    spec,
  } as unknown as ClusterVm;
  const snapshot = { configuration: "", status } as unknown as Snapshot;

  /** Lets seconds pass, each of which `each` may use. */
  async function pass(seconds: number, each: (second: number) => void = () => undefined): Promise<void> {
    const over = new AbortController();
    let second = 0;
    const ticking: Clock = {
      ...clock,
      sleep() {
        if (second >= seconds) over.abort();
        else {
          state.now += 1000 + state.stalledMs;
          state.stalledMs = 0;
          each(++second);
        }
        return Promise.resolve();
      },
    };
    await watchHeartbeats({
      ...{ node: "node1", heartbeats, clock: ticking, log: silentLog, signal: over.signal },
      keeper: {
        last: snapshot,
        current: () =>
          state.failure === undefined ? Promise.resolve(snapshot) : Promise.reject(state.failure),
      },
      vms: { all: () => [own] } as unknown as ClusterVms,
      pacemaker: { failResource: () => Promise.resolve(void failed.push(state.now)) },
      events: {
        record: ({ kind, text, data = {} }) => {
          events.push({ kind, text, data });
          remembered.push({ kind, text, data, time: state.now } as unknown as HavenEvent);
        },
        page({ since = 0 }) {
          if (state.isHistoryBroken) throw new Error("The history cannot be read");
          if (state.isHistoryClosed) return { last: 0, events: [] };
          return { last: 1, events: remembered.filter(({ time }) => time >= since) };
        },
      },
      isConnected: () => state.isConnected,
      domainStateOf: () => Promise.resolve(state.domain),
      agentAtWork: () => state.atWork,
    });
  }
  heartbeats.heard("web");
  return { pass, state, heartbeats, failed, events, remembered };
}

const restart: Heartbeat = { timeout: 60, action: "restart" };

test("without a policy, and as long as it speaks, nothing happens", async () => {
  const without = world(undefined);
  await without.pass(600);
  const alive = world(restart);
  await alive.pass(600, (second) => {
    if (second % 50 === 0) alive.heartbeats.heard("web");
  });
  expect([without.events, without.failed, alive.events, alive.failed]).toEqual([[], [], [], []]);
});

test("an event, once until it speaks again", async () => {
  const own = world({ timeout: 60, action: "event" });
  await own.pass(59);
  expect(own.events).toEqual([]);
  await own.pass(300);
  const text = "web's guest has not said for 60 s that it is alive";
  expect(own.events).toEqual([
    { kind: "guest.heartbeat-lost", text, data: { seconds: 60, action: "event" } },
  ]);
  expect(own.failed).toEqual([]);
  own.heartbeats.heard("web");
  await own.pass(61);
  expect(own.events.length).toBe(2);
  const plain = world({});
  await plain.pass(61);
  expect(plain.events.length).toBe(1);
});

test("a restart is told to Pacemaker, once; the next run has to speak first", async () => {
  const { pass, failed, events, heartbeats } = world(restart);
  await pass(600);
  expect([failed, events.length]).toEqual([[60_000], 1]);
  expect(heartbeats.ages().size).toBe(0);
});

test("a guest that has never spoken in this run, or whose run has ended, is not missed", async () => {
  const { pass, failed, heartbeats } = world(restart);
  heartbeats.ended("web");
  await pass(600);
  expect(failed).toEqual([]);
});

type World = ReturnType<typeof world>;
const excuses: readonly (readonly [
  string,
  (state: World["state"]) => void,
  (state: World["state"]) => void,
])[] = [
  ["its channel is not connected", (s) => (s.isConnected = false), (s) => (s.isConnected = true)],
  ["it is paused", (s) => (s.domain = domainState.paused), (s) => (s.domain = domainState.running)],
  ["libvirt does not say", (s) => (s.domain = undefined), (s) => (s.domain = domainState.running)],
  ["the agent is at work", (s) => (s.atWork = true), (s) => (s.atWork = false)],
  ["it migrates", (s) => (s.vm.pending = "Migrating"), (s) => (s.vm.pending = undefined)],
  ["maintenance", (s) => (s.status.maintenance = true), (s) => (s.status.maintenance = false)],
  ["unmanaged", (s) => (s.vm.managed = false), (s) => (s.vm.managed = true)],
  ["no quorum", (s) => (s.status.quorum = false), (s) => (s.status.quorum = true)],
  ["it is elsewhere", (s) => (s.vm.nodes = ["node2"]), (s) => (s.vm.nodes = ["node1"])],
  ["Pacemaker is not heard", (s) => (s.failure = new Error("down")), (s) => (s.failure = undefined)],
];
test.each(excuses)("silence does not count while %s, and counts anew afterwards", async (_, begin, end) => {
  const { pass, state, failed, events } = world(restart);
  await pass(10);
  begin(state);
  await pass(590);
  expect([failed, events]).toEqual([[], []]);
  end(state);
  // What was looked at last was at 600 s: the time begins there.
  await pass(59);
  expect(failed).toEqual([]);
  await pass(2);
  expect(failed.length).toBe(1);
});

test("a daemon that stood still has not listened", async () => {
  const { pass, state, failed } = world(restart);
  state.stalledMs = 120_000;
  await pass(59);
  expect(failed).toEqual([]);
  await pass(3);
  expect(failed.length).toBe(1);
});

test("so many restarts within the hour and no more, also when the daemon began anew meanwhile", async () => {
  const { pass, failed, heartbeats, events, remembered, state } = world(restart);
  for (let round = 0; round < 5; round++) {
    heartbeats.heard("web");
    await pass(90);
  }
  expect([failed.length, events.length]).toEqual([mostRestarts, 5]);
  expect(events.at(-1)?.text).toContain("not restarted, since it was 3 times within the hour");
  expect(remembered.filter(({ data }) => data?.restarted === true).length).toBe(mostRestarts);
  state.now += 3_600_000;
  heartbeats.heard("web");
  await pass(90);
  expect(failed.length).toBe(mostRestarts + 1);
});

test("where the history cannot be opened, it is not known how often it was restarted, and it is not", async () => {
  const { pass, state, failed } = world(restart);
  state.isHistoryClosed = true;
  await pass(600);
  expect(failed).toEqual([]);
});

test("where it is not known how often it was restarted, it is not", async () => {
  const { pass, state, failed } = world(restart);
  state.isHistoryBroken = true;
  await pass(600);
  expect(failed).toEqual([]);
});
