import { describe, expect, test } from "bun:test";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import type { Pacemaker } from "../pacemaker/live.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import { type FenceAnswer, writeFenceAnswers } from "../power/fence-questions.ts";
import type { Environment } from "./environment.ts";
import { type FenceTestResult, fenceTest } from "./fence-test.ts";

const names = ["node1", "node2", "node3"];
const cib = `<cib admin_epoch="0" epoch="5" num_updates="0"><configuration><crm_config/>
  <nodes>${names.map((name, i) => `<node id="${i + 1}" uname="${name}"/>`).join("")}</nodes>
  <resources><primitive id="fence-node1" class="stonith" type="fence_x"><instance_attributes id="f"><nvpair id="l" name="pcmk_host_list" value="node1"/></instance_attributes></primitive>
  <primitive id="haven-fence-test-00000000" class="ocf" provider="haven" type="FenceTest"/></resources><constraints/></configuration><status/></cib>`;

interface World {
  /** What a node says; undefined: nothing, ever. */
  readonly says?: Readonly<Record<string, Partial<FenceAnswer> | undefined>>;
  readonly failures?: readonly string[];
  readonly offline?: readonly string[];
  readonly node?: string;
  /** The user has had enough. */
  readonly aborts?: boolean;
}

async function run(world: World) {
  const { says = {}, failures = [], offline = [], node = "node1" } = world;
  const patches: string[] = [];
  const gone: string[] = [];
  const refreshed: string[] = [];
  const stop = new AbortController();
  let now = 0;
  let configuration = cib;
  const word = (): string => /id="haven-fence-test-([0-9a-f]{8})" class/.exec(patches[0] ?? "")?.[1] ?? "";
  const pacemaker: Partial<Pacemaker> = {
    queryCib: () => Promise.resolve(configuration),
    applyPatch: (patch) => {
      patches.push(patch);
      const added = `<primitive id="haven-fence-test-${word()}" class="ocf" provider="haven" type="FenceTest"/>`;
      configuration = cib.replace(/<primitive id="haven-fence-test[^>]*>/, added);
      return Promise.resolve();
    },
    refresh: (resource) => {
      refreshed.push(resource.replace(word(), "WORD"));
      return Promise.resolve();
    },
    setTransientAttribute: (on, name, value) => {
      gone.push(`${on} ${name.replace(word(), "WORD")} ${value}`);
      return Promise.resolve();
    },
    status: () => {
      if (world.aborts === true && patches.length > 0) stop.abort();
      const nodes = names.map((name) => {
        const own = name in says ? says[name] : {};
        const answer = { target: node, device: "fence-node1", state: "on", ms: 1, why: undefined, ...own };
        const value = writeFenceAnswers({
          busy: false,
          answers: name === node ? [] : [answer as FenceAnswer],
        });
        const attributes = new Map(own === undefined ? [] : [[`haven-reach-answers-${word()}`, value]]);
        return { name, type: "member", online: !offline.includes(name), pending: false, attributes };
      });
      const failed = failures.map((on) => ({
        resource: `haven-fence-test-${word()}`,
        node: on,
        exitStatus: "not installed",
      }));
      return Promise.resolve({ nodes, failures: failed } as unknown as ClusterStatus);
    },
  };
  const base = fileEnvironment("/nonexistent");
  const clock = {
    now: () => Date.parse("2026-11-27T20:45:54Z"),
    monotonic: () => now,
    sleep: (ms: number) => {
      now += ms;
      return stop.signal.aborted ? Promise.reject(new Error("Interrupted")) : Promise.resolve();
    },
  };
  const environment = {
    ...base,
    isLive: true,
    signal: stop.signal,
    clock,
    pacemaker,
  } as unknown as Environment;
  const outcome = await fenceTest(environment, { nodes: [node] }).catch((error: unknown) => error);
  const result = outcome as FenceTestResult;
  const reaches = result.tests?.[0]?.reaches.map(
    ({ from, ok, why }) => `${from} ${ok}${why === undefined ? "" : `: ${why}`}`,
  );
  return { outcome, result, reaches, patches, gone, refreshed, seconds: now / 1000 };
}

describe("devices are asked from the other nodes", () => {
  test("all answer: kept, and nothing is left", async () => {
    const { result, reaches, patches, gone, refreshed } = await run({});
    expect([result.ok, reaches]).toEqual([true, ["node2 true", "node3 true"]]);
    expect(patches).toHaveLength(3);
    // What a killed command has left goes; what is added neither starts nor is managed.
    expect(patches[0]).toContain("haven-fence-test-00000000");
    expect(patches[0]).toMatch(/name="target-role" value="Stopped"/);
    expect(patches[0]).toMatch(/name="is-managed" value="false"/);
    expect(patches[1]).toMatch(/delete/);
    expect(patches[2]).toContain(
      'name="haven-test-reach" value="2026-11-27T20:45:54Z fence-node1=node2,node3"',
    );
    expect(refreshed).toEqual(["haven-fence-test-WORD", "haven-fence-test-00000000"]);
    expect(gone).toEqual(names.map((name) => `${name} haven-reach-answers-WORD undefined`));
  });

  test("a device that fails, a node that says nothing, cannot ask, or is not there: not reached", async () => {
    const failed = await run({ says: { node3: { state: "failed", why: "no login" } } });
    expect([failed.result.ok, failed.reaches]).toEqual([false, ["node2 true", "node3 false: no login"]]);
    expect(failed.patches[2]).toContain("fence-node1=node2,!node3");
    const silent = await run({ says: { node2: undefined } });
    expect(silent.reaches).toEqual([
      "node2 false: it has not begun to ask: is Haven's agent ocf:haven:FenceTest there?",
      "node3 true",
    ]);
    expect(silent.seconds).toBeGreaterThan(29);
    const old = await run({ says: { node2: undefined }, failures: ["node2"] });
    expect(old.reaches?.[0]).toContain("node2 cannot ask: ocf:haven:FenceTest: not installed");
    expect(old.seconds).toBeLessThan(5);
    const absent = await run({ offline: ["node3"] });
    expect([absent.result.ok, absent.reaches, absent.result.absent]).toEqual([
      true,
      ["node2 true"],
      ["node3"],
    ]);
  });

  test("a device that says that a member of the cluster is off means another server", async () => {
    const { result, reaches } = await run({ says: { node2: { state: "off" } } });
    expect(result.ok).toBe(false);
    expect(reaches?.[0]).toContain("says that node1 is off, though it runs");
    // Of a node that is away, off is what it is; the device is reached.
    expect((await run({ says: { node2: { state: "off" } }, offline: ["node1"] })).result.ok).toBe(true);
  });

  test("a node that nothing can shoot fails, and so does one that no other node could", async () => {
    const bare = await run({
      node: "node2",
      says: { node1: { state: "unknown" }, node3: { state: "unknown" } },
    });
    expect([bare.result.ok, bare.result.tests[0]?.why]).toEqual([
      false,
      "No other node has a device that can shoot node2",
    ]);
    const alone = await run({ offline: ["node2", "node3"] });
    expect(String(alone.outcome)).toContain("No other node is online");
    expect(alone.patches).toEqual([]);
  });

  test("interrupted, it is taken away all the same", async () => {
    const { outcome, patches, gone } = await run({ aborts: true, says: { node2: undefined } });
    expect(String(outcome)).toContain("Interrupted");
    expect([patches.length, gone.length]).toEqual([2, 3]);
    expect(patches[1]).toMatch(/delete/);
  });
});
