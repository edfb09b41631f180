import { expect, test } from "bun:test";
import type { Clock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import type { Pacemaker } from "../pacemaker/live.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import type { Environment } from "./environment.ts";
import { waitUntilRunning } from "./vm-add.ts";
import { waitUntilStopped } from "./vm-stop.ts";
import { waitForVms } from "./wait-vms.ts";

const cib =
  '<cib><configuration><resources><primitive id="vm-a" class="ocf" provider="haven" type="Domain"/></resources></configuration></cib>';

/** A cluster whose VM `a` runs; each look at it takes as long as said. Notes how it was asked, and what was slept. */
function world(lookMs: readonly number[]) {
  const slept: number[] = [];
  const scopes: (string | undefined)[] = [];
  const left = [...lookMs];
  let time = 0;
  const clock: Clock = {
    now: () => time,
    monotonic: () => time,
    sleep: async (ms) => {
      slept.push(ms);
      time += ms;
    },
  };
  const resource = { id: "vm-a", role: "Started", active: true, nodes: ["node1"] };
  const status: Partial<ClusterStatus> = {
    nodes: [],
    failures: [],
    maintenance: false,
    resources: [resource as unknown as ClusterStatus["resources"][number]],
  };
  const pacemaker: Partial<Pacemaker> = {
    queryCib: async (options) => {
      scopes.push(options?.scope);
      time += left.shift() ?? 0;
      return cib;
    },
    status: async () => status as ClusterStatus,
    waitIdle: async () => true,
  };
  const environment: Environment = {
    pacemaker: pacemaker as Pacemaker,
    clock,
    log: silentLog,
    signal: new AbortController().signal,
    isLive: true,
    progress: () => undefined,
    lookUp: () => Promise.resolve([]),
    confirm: async () => true,
    history: () => Promise.reject(new Error("nothing is asked of the history")),
    libvirt: () => Promise.reject(new Error("There is no libvirt here")),
  };
  return { environment, slept, scopes };
}

test("between two looks passes as much time as a look takes, within bounds", async () => {
  const { environment, slept } = world([10, 700, 9000, 20]);
  let looks = 0;
  const judge = (): boolean => {
    looks += 1;
    return looks === 4;
  };
  await waitForVms(environment, { names: ["a"], what: "to run", judge, left: () => "" });
  expect(slept).toEqual([100, 700, 2000]);
});

test("what has taken long is looked at less often", async () => {
  const { environment, slept } = world([]);
  let looks = 0;
  const judge = (): boolean => {
    looks += 1;
    return looks === 60;
  };
  await waitForVms(environment, { names: ["a"], what: "to run", judge, left: () => "" });
  const waited = slept.reduce((sum, ms) => sum + ms, 0);
  expect(waited).toBeGreaterThan(30_000);
  // Never later than by a tenth, nor by two seconds.
  expect(slept[0]).toBe(100);
  expect(Math.max(...slept)).toBe(2000);
});

test("only who waits for a VM to run does without the status, by which a stop is told from what is not known", async () => {
  const running = world([]);
  expect((await waitUntilRunning(running.environment, ["a"])).map(({ name }) => name)).toEqual(["a"]);
  expect(running.scopes).toEqual(["configuration"]);
  const stopping = world([]);
  // It runs on: Pacemaker has nothing left to do, and that is an error.
  await expect(waitUntilStopped(stopping.environment, ["a"])).rejects.toThrow("does not stop");
  expect(new Set(stopping.scopes)).toEqual(new Set([undefined]));
});
