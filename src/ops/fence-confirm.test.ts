import { describe, expect, test } from "bun:test";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { HavenError } from "../base/errors.ts";
import type { ClusterStatus, NodeStatus } from "../pacemaker/status.ts";
import { manualRequestName, manualRequestValue } from "../power/manual-fencing.ts";
import type { Environment } from "./environment.ts";
import { type FenceConfirmOptions, fenceConfirm } from "./fence-confirm.ts";

const word = "0e4f4f7e-5f0a-4d7b-8f6e-1f6a54c0a001";

interface World {
  /** Facts of node2 that differ from those of a node that was lost. */
  readonly lost?: Partial<NodeStatus>;
  /** A request that waits on node1 for this node. */
  readonly request?: string;
  readonly yes?: boolean;
}

/** A cluster whose node2 was lost, and everything that it was told. */
function world({ lost = {}, request, yes = true }: World = {}): {
  readonly environment: Environment;
  readonly told: string[];
} {
  const told: string[] = [];
  const node = (name: string, more: Partial<NodeStatus>): Partial<NodeStatus> => ({
    name,
    type: "member",
    online: true,
    unclean: false,
    attributes: new Map(),
    ...more,
  });
  const attributes = new Map(
    request === undefined
      ? []
      : [[manualRequestName(request), manualRequestValue(word, request, Date.now())]],
  );
  const nodes = [node("node1", { attributes }), node("node2", { online: false, unclean: true, ...lost })];
  const base = fileEnvironment("/nonexistent", yes);
  const pacemaker = {
    status: () => Promise.resolve({ nodes } as unknown as ClusterStatus),
    setTransientAttribute: (...words: readonly unknown[]) => {
      told.push(`answer ${words.slice(0, 3).join(" ")}`);
      return Promise.resolve();
    },
    confirmNodeOff: (name: string) => {
      told.push(`off ${name}`);
      return Promise.resolve();
    },
  } as unknown as Environment["pacemaker"];
  return { environment: { ...base, pacemaker }, told };
}

const options: FenceConfirmOptions = {
  node: "node2",
  typedName: () => Promise.resolve("node2"),
  hear: () => Promise.resolve(undefined),
};

async function refused(from: World, more: Partial<FenceConfirmOptions> = {}): Promise<string> {
  const { environment, told } = world(from);
  try {
    await fenceConfirm(environment, { ...options, ...more });
  } catch (error) {
    expect(told).toEqual([]);
    return error instanceof HavenError ? error.message : String(error);
  }
  throw new Error("It was confirmed");
}

describe("a person says that a node is off", () => {
  test("the agent that waits gets its own word", async () => {
    const { environment, told } = world({ request: "node2" });
    expect(await fenceConfirm(environment, options)).toEqual({ node: "node2", waited: true });
    expect(told).toEqual([`answer node1 haven-manual-done.node2 ${word}`]);
  });

  test("where no agent waits, or one for another node, the cluster is told", async () => {
    for (const request of [undefined, "node3"]) {
      const { environment, told } = world(request === undefined ? {} : { request });
      expect(await fenceConfirm(environment, options)).toEqual({ node: "node2", waited: false });
      expect(told).toEqual(["off node2"]);
    }
  });

  test.each<readonly [string, World, Partial<FenceConfirmOptions>, RegExp]>([
    ["while it is a member", { lost: { online: true } }, {}, /node2 is alive: it is a member of the cluster/],
    [
      "while it is a member, though something failed there",
      { lost: { online: true, unclean: true } },
      {},
      /is alive/,
    ],
    [
      "while it is heard",
      {},
      { hear: () => Promise.resolve("10.0.0.2 answers ping") },
      /node2 is alive: 10\.0\.0\.2 answers ping/,
    ],
    [
      "when it is off by the cluster's own knowledge",
      { lost: { unclean: false } },
      {},
      /knows already that node2 is off/,
    ],
    ["when the answer is no", { yes: false }, {}, /Not confirmed/],
    [
      "when another name is typed",
      {},
      { typedName: () => Promise.resolve("node1") },
      /expected node2, found 'node1'/,
    ],
    [
      "when nobody can type",
      {},
      { typedName: () => Promise.resolve(undefined) },
      /expected node2, found nothing/,
    ],
    ["for a node that is not there", {}, { node: "node9" }, /no node 'node9'/],
  ])("refused %s", async (_, from, more, words) => {
    expect(await refused(from, more)).toMatch(words);
  });

  test("refused when it came back while the person looked", async () => {
    const { environment, told } = world();
    const typedName = () => {
      const back = world({ lost: { online: true, unclean: false } }).environment;
      Object.assign(environment.pacemaker, { status: back.pacemaker.status });
      return Promise.resolve("node2");
    };
    await expect(fenceConfirm(environment, { ...options, typedName })).rejects.toThrow(/is alive/);
    expect(told).toEqual([]);
  });
});
