import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { runningVms } from "../../test/support/running-vms.ts";
import { VmCibFile } from "../../test/support/vm-cib-file.ts";
import { seededRandom } from "../base/seeded-random.ts";
import { nodeStandby } from "./node-standby.ts";
import { planCapacity } from "./plan-capacity.ts";
import { clusterReport } from "./status.ts";
import { vmAdd } from "./vm-add.ts";

setDefaultTimeout(120_000);

const dir = mkdtempSync(join(tmpdir(), "haven-status-capacity-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)("room", () => {
  beforeEach(() => file.reset());

  test("status says for which nodes' VMs there is none", async () => {
    await runningVms(file, { a: [1, "memory: 3000"], b: [2, "memory: 3000"], c: [3, "memory: 3000"] });
    const { capacity } = await clusterReport(fileEnvironment(file.path));
    expect(capacity).toMatchObject({ survived: false, unknown: [] });
    expect(capacity?.short).toEqual(
      ["node1", "node2", "node3"].map((node) => ({
        node,
        why: "its VMs need 3000 MiB of memory, and 2192 MiB are free elsewhere",
      })),
    );
  });

  test("what sums say for certain is what the scheduler does", async () => {
    const random = seededRandom(20_261_128);
    const told = { fits: 0, short: 0 };
    for (let round = 0; round < 8; round++) {
      file.reset();
      const vms = Array.from({ length: 4 + random(5) }, (_, i): [string, [number, string]] => [
        `vm${i}`,
        [1 + random(3), `memory: ${200 + 100 * random(14)}\ncpu: {count: ${1 + random(3)}}`],
      ]);
      await runningVms(file, Object.fromEntries(vms));
      const environment = fileEnvironment(file.path);
      const { capacity } = await clusterReport(environment);
      const { cases } = await planCapacity(environment);
      for (const { name, survived } of cases) {
        if (capacity?.unknown.some(({ node }) => node === name) === true) continue;
        const isShort = capacity?.short.some(({ node }) => node === name) === true;
        told[isShort ? "short" : "fits"] += 1;
        expect([round, name, survived]).toEqual([round, name, !isShort]);
      }
    }
    // Both were among them.
    expect(told.fits).toBeGreaterThan(3);
    expect(told.short).toBeGreaterThan(1);
  });
});

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)("a change", () => {
  beforeEach(() => file.reset());

  const add = (memory: number) =>
    vmAdd(fileEnvironment(file.path), {
      texts: [{ file: "x", text: `name: d\nmemory: ${memory}\n` }],
      dryRun: true,
    });

  test("that takes the room away which the loss of a node wants is told so", async () => {
    await runningVms(file, { a: [1, "memory: 2500"], b: [2, "memory: 2500"], c: [3, "memory: 2500"] });
    expect((await add(100)).effect.join("\n")).not.toContain("Note: after this");
    // With 1000 more on one of them its 3500 find 1596 twice, and the others' 2500 find 596 and 1596.
    const { effect } = await add(1000);
    const notes = effect.filter((line) => line.startsWith("Note: after this"));
    expect(notes.map((line) => line.replace(/^Note: after this (node\d).*/, "$1"))).toEqual([
      ...["node1", "node2", "node3"],
    ]);
    expect(notes[0]).toMatch(/could not be lost without harm: its VMs need \d+ MiB of memory, and \d+ MiB/);
  });

  test("that changes nothing of it is not: what was short before is no news", async () => {
    await runningVms(file, { a: [1, "memory: 3000"], b: [2, "memory: 3000"], c: [3, "memory: 3000"] });
    expect((await add(64)).effect.join("\n")).not.toContain("Note: after this");
  });

  test("a node that is drained takes nothing any more; and nothing is asked that the scheduler does not tell", async () => {
    // Drained, node1 gives its 1500 to one of the others, whose 4000 then find the third one's 1596.
    await runningVms(file, { a: [1, "memory: 1500"], b: [2, "memory: 2500"], c: [3, "memory: 2500"] });
    const environment = fileEnvironment(file.path);
    const { pacemaker } = environment;
    const status = () => Promise.reject(new Error("it was asked"));
    const unasked = new Proxy(pacemaker, {
      get: (from, name) => (name === "status" ? status : Reflect.get(from, name).bind(from)),
    });
    const { effect } = await nodeStandby(
      { ...environment, pacemaker: unasked },
      { nodes: ["node1"], dryRun: true },
    );
    const notes = effect.filter((line) => line.startsWith("Note: after this"));
    expect(notes).toContainEqual(
      expect.stringMatching(
        /^Note: after this node[23] could not be lost without harm: its VMs need 4000 MiB of memory, and 1596 MiB are free/,
      ),
    );
  });
});
