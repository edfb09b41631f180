import { run } from "../../src/base/exec.ts";
import type { Bench } from "./bench.ts";
import { benchLab, removeBenchLab } from "./bench-lab.ts";
import { absoluteRow } from "./row.ts";

/** From nothing but a built image to a cluster of three nodes with both VMs running. */
export const makeLabBench: Bench = {
  name: "make-lab",
  async run({ runs, progress }) {
    await benchLab();
    await removeBenchLab();
    const seconds: number[] = [];
    for (let i = 0; i < runs; i++) {
      const before = performance.now();
      await run(["make", "--silent", "lab", "LAB=--name bench --quiet"], { timeoutMs: 300_000 });
      seconds.push((performance.now() - before) / 1000);
      progress(`${i + 1}: ${seconds.at(-1)?.toFixed(1)} s`);
      await removeBenchLab();
    }
    return [absoluteRow({ name: "make lab with a built image", unit: "s", haven: seconds, atMost: 30 })];
  },
};
