import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { runningVms, type VmsOnNodes } from "../../test/support/running-vms.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import { Cib } from "../pacemaker/cib.ts";
import { drainAttribute, drainRecords } from "../vm/drain-record.ts";
import { nodeDrain } from "./node-drain.ts";
import { nodeOnline, nodeStandby } from "./node-standby.ts";

setDefaultTimeout(60_000);

const dir = mkdtempSync(join(tmpdir(), "haven-node-drain-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

/** Three nodes of 4096 MiB and 8 processors. */
const running = (vms: VmsOnNodes): Promise<void> => runningVms(file, vms);
const environment = (answer = true) => fileEnvironment(file.path, answer);
const past = () => Promise.resolve([]);

const configuration = async (): Promise<Cib> => Cib.parse(await environment().pacemaker.queryCib());
const recorded = async (node: string) =>
  Object.fromEntries(drainRecords(await configuration()).get(node)?.places ?? []);
const standby = async (node: string) => (await configuration()).node(node)?.attributes.get("standby");

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)("a drain", () => {
  beforeEach(() => file.reset());

  test("is written with what it moves in one change", async () => {
    await running({ a: [1, "memory: 512"], b: [1, "memory: 512"], c: [2, "memory: 64"] });
    const before = (await configuration()).version.epoch;
    const world = environment();
    const result = await nodeDrain(world, { nodes: ["node1"], past });
    expect(result).toMatchObject({
      committed: true,
      unchanged: [],
      stuck: [],
      predicted: { possible: true },
    });
    expect((await configuration()).version.epoch).toBe(before + 1);
    expect(await standby("node1")).toBe("on");
    const steps = Object.fromEntries(result.predicted.waves.flat().map(({ name, to }) => [name, to]));
    expect(Object.keys(steps).sort()).toEqual(["a", "b"]);
    expect(await recorded("node1")).toEqual(steps);
    expect(world.asked).toEqual([
      { question: "Drain node1?", lines: expect.arrayContaining(["2 VMs leave node1 in about 7 s"]) },
    ]);
  });

  test("what stands in the way is listed, and nothing is changed", async () => {
    await running({ pinned: [1, "memory: 64\nplacement: {only-on: node1}"], big: [1, "memory: 64"] });
    const before = (await configuration()).version.epoch;
    const said = await refusal(nodeDrain(environment(), { nodes: ["node1"], past }));
    expect(said).toStartWith("node.obstacles: node1 cannot be drained as things are:\n  - pinned: node2: ");
    expect(said).not.toContain("big");
    const dry = await nodeDrain(environment(), { nodes: ["node1"], dryRun: true, past });
    expect(dry.effect).toContainEqual(expect.stringMatching(/^Refused without --force: pinned: node2: /));
    expect((await configuration()).version.epoch).toBe(before);
    const forced = await nodeDrain(environment(), { nodes: ["node1"], force: true, past });
    expect(forced.committed).toBe(true);
    // What runs nowhere is not brought back: it starts when its node is there again.
    expect(Object.keys(await recorded("node1"))).toEqual(["big"]);
  });

  test("declined it changes nothing", async () => {
    await running({ a: [1, "memory: 64"] });
    expect(await refusal(nodeDrain(environment(false), { nodes: ["node1"], past }))).toStartWith(
      "vm.declined",
    );
    expect(await standby("node1")).toBeUndefined();
    expect(await recorded("node1")).toEqual({});
  });

  test("begun again it keeps what the first had moved, and forgets it once the node was back", async () => {
    await running({ a: [1, "memory: 64"], b: [1, "memory: 64"] });
    await nodeStandby(environment(), { nodes: ["node1"] });
    const first = await recorded("node1");
    expect(Object.keys(first).sort()).toEqual(["a", "b"]);
    // One has arrived when it is begun again.
    file.runs({ a: { node: Number((first.a ?? "").slice(-1)) }, b: { node: 1 } });
    expect((await nodeDrain(environment(), { nodes: ["node1"], past })).unchanged).toEqual(["node1"]);
    expect(await recorded("node1")).toEqual(first);
    await nodeOnline(environment(), { nodes: ["node1"] });
    expect((await configuration()).node("node1")?.attributes.get(drainAttribute)).toBeUndefined();
    await nodeDrain(environment(), { nodes: ["node1"], past });
    expect(Object.keys(await recorded("node1"))).toEqual(["b"]);
  });
});
