/**
 * `make scale`: how the costs of a cluster grow with its size, from 8 nodes to 100. Prints the table of docs/scale.md and
 * writes its picture, docs/scale.svg. Takes half an hour and some 10 GiB of memory.
 *
 *   bun scripts/scale.ts [NODESxVMS…]
 */
import { writeFileSync } from "node:fs";
import { type ClusterSize, type Growth, measureGrowth } from "../test/bench/growth.ts";
import { growthChart } from "../test/bench/growth-chart.ts";

const all = ["8x100", "24x400", "50x1000", "100x1000", "100x2500", "100x5000"];

function sizeOf(word: string): ClusterSize {
  const [nodes, vms] = word.split("x").map(Number);
  if (!(Number.isInteger(nodes) && Number.isInteger(vms)))
    throw new Error(`Expected NODESxVMS, as 24x400, found ${word}`);
  return { nodes: nodes as number, vms: vms as number };
}

const show = (value: number | undefined): string =>
  value === undefined ? "failed" : value >= 100 ? value.toFixed(0) : value.toPrecision(2);

const words = process.argv.slice(2);
const found: Growth[] = [];
console.log(
  "| nodes × VMs | CIB, MiB | scheduler, s | its memory, MiB | crm_mon, s | status, s | quick N-1, s |",
);
console.log("|---|---|---|---|---|---|---|");
for (const size of (words.length === 0 ? all : words).map(sizeOf)) {
  const one = measureGrowth(size);
  found.push(one);
  const { nodes, vms, cibMiB, scheduler, schedulerMiB, mon, status, quick, failures } = one;
  const cells = [cibMiB, scheduler, schedulerMiB, mon, status, quick].map(show);
  console.log(`| ${[`${nodes} × ${vms}`, ...cells].join(" | ")} |`);
  for (const failure of failures) console.error(failure);
}
if (words.length === 0) writeFileSync("docs/scale.svg", growthChart(found));
