import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { runningVms } from "../../test/support/running-vms.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { VmCibFile } from "../../test/support/vm-cib-file.ts";
import { planCapacity } from "./plan-capacity.ts";
import { clusterReport } from "./status.ts";

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
