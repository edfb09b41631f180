import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../src/base/exec.ts";
import { someAtOnce } from "../../src/base/some-at-once.ts";
import { nodeStandby } from "../../src/ops/node-standby.ts";
import { planCapacity } from "../../src/ops/plan-capacity.ts";
import { Cib } from "../../src/pacemaker/cib.ts";
import { loseNodes } from "../../src/plan/lose-nodes.ts";
import { fileEnvironment } from "../support/file-environment.ts";
import type { Bench } from "./bench.ts";
import { largeCib } from "./large-cib.ts";
import { ratioRow } from "./row.ts";

/** Seeing ahead in a cluster of 24 nodes and 400 VMs, against bare runs of Pacemaker's scheduler on the same processors. */
export const planBench: Bench = {
  name: "plan",
  async run({ runs, progress }) {
    const dir = mkdtempSync(join(tmpdir(), "haven-bench-plan-"));
    try {
      return await measure(dir, Math.max(1, Math.min(runs, 3)), progress);
    } finally {
      rmSync(dir, { recursive: true });
    }
  },
};

async function measure(dir: string, runs: number, progress: (text: string) => void) {
  const path = join(dir, "cib.xml");
  const text = largeCib();
  writeFileSync(path, text);
  const environment = fileEnvironment(path);
  const base = Cib.parse(text);
  const cases = base.nodes.map(({ name }) => ({ name, nodes: [name] }));
  for (const { name } of cases)
    writeFileSync(join(dir, `${name}.xml`), loseNodes(base, [name], true).toXml());
  const bare = (file: string) =>
    run(["crm_simulate", "--run", "--xml-file", file, "--output-as=xml"], { timeoutMs: 120_000 });
  const limit = availableParallelism();
  const { signal } = new AbortController();
  const found: Record<"each" | "sweep" | "two" | "preview" | "quick", number[]> = {
    ...{ each: [], sweep: [], two: [], preview: [], quick: [] },
  };
  for (let i = 0; i < runs; i++) {
    const each = () => someAtOnce(cases, ({ name }) => bare(join(dir, `${name}.xml`)), { limit, signal });
    found.each.push(await seconds(each));
    found.sweep.push(await seconds(() => planCapacity(environment)));
    found.two.push(await seconds(async () => [await bare(path), await bare(path)]));
    found.preview.push(await seconds(() => nodeStandby(environment, { nodes: ["node1"], dryRun: true })));
    found.quick.push(await seconds(() => planCapacity(environment, { quick: true })));
    progress(
      `${i + 1}: ${Object.entries(found)
        .map(([name, all]) => `${name} ${all.at(-1)?.toFixed(2)}`)
        .join(", ")}`,
    );
  }
  const two = { unit: "s", peer: found.two, peerName: "two bare scheduler runs", targetRatio: 1.3 };
  return [
    ratioRow({
      ...{ name: "each of 24 nodes lost, 400 VMs", unit: "s", haven: found.sweep, peer: found.each },
      ...{ peerName: "24 bare scheduler runs", targetRatio: 1.2 },
    }),
    ratioRow({ ...two, name: "preview of one change, 24 nodes, 400 VMs", haven: found.preview }),
    ratioRow({ ...two, name: "each of 24 nodes lost, by arithmetic", haven: found.quick }),
  ];
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
