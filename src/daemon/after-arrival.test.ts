import { expect, test } from "bun:test";
import { HavenError } from "../base/errors.ts";
import { silentLog } from "../base/log.ts";
import type { ClusterStatus, ResourceStatus } from "../pacemaker/status.ts";
import { afterArrival } from "./after-arrival.ts";

const settled = { id: "vm-a", role: "Started", failed: false, blocked: false, nodes: ["node2"] };

async function arrive(...looks: readonly Partial<ResourceStatus>[]) {
  let now = 0;
  let look = 0;
  const forgotten: string[] = [];
  const done = await afterArrival("vm-a", {
    node: "node2",
    status: () => {
      const vm = { ...settled, ...(looks[Math.min(look++, looks.length - 1)] ?? {}) };
      return Promise.resolve({ resources: [vm] } as unknown as ClusterStatus);
    },
    // What was recorded at the first look, at the second …
    recorded: () => Promise.resolve([{ id: `look ${look}`, node: "node1", key: "1:2:0:u" }]),
    forget: (resource, records) => {
      forgotten.push(`${resource}: ${records.map(({ id }) => id).join()}`);
      return Promise.resolve();
    },
    clock: {
      now: () => now,
      monotonic: () => now,
      sleep: (ms) => {
        now += ms;
        return Promise.resolve();
      },
    },
    log: silentLog,
    signal: new AbortController().signal,
  });
  return { done, forgotten, looks: look };
}

test("traces are forgotten when the migration is over, not before", async () => {
  const moving = { role: "Migrating", pending: "Migrating", nodes: ["node1", "node2"] };
  const leaving = { pending: "Migrating", nodes: ["node1"] };
  const looks = [
    { nodes: ["node1"] },
    leaving,
    moving,
    { pending: "Monitoring" },
    { nodes: ["node1", "node2"] },
    {},
  ];
  expect(await arrive(...looks)).toEqual({
    ...{ done: true, forgotten: ["vm-a: look 5"], looks: 6 },
  });
});

test.each([{ nodes: ["node3"] }, { failed: true }, { blocked: true }, { role: "Stopped", nodes: [] }])(
  "nothing is forgotten while it is not well here: %p",
  async (vm) => {
    expect(await arrive(vm)).toMatchObject({ done: false, forgotten: [] });
  },
);

test("a Pacemaker that does not answer is no reason to fail", async () => {
  const done = await afterArrival("vm-a", {
    node: "node2",
    status: () => Promise.reject(new HavenError("pacemaker.down")),
    recorded: () => Promise.resolve([]),
    forget: () => Promise.resolve(),
    clock: { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() },
    log: silentLog,
    signal: new AbortController().signal,
  });
  expect(done).toBe(false);
});
