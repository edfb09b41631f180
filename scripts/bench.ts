/**
 * `make bench`: every number beside its peer, measured in one run on one machine. Prints a table and writes
 * bench/results.json. `--only WORD` runs the benches whose name contains the word; `--runs N` changes the number
 * of runs (20).
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { printError } from "../src/base/errors.ts";
import { table } from "../src/cli/table.ts";
import { removeBenchLab } from "../test/bench/bench-lab.ts";
import { benches } from "../test/bench/benches.ts";
import type { BenchRow } from "../test/bench/row.ts";

const { values } = parseArgs({
  options: { only: { type: "string" }, runs: { type: "string", default: "20" } },
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1)
  throw new Error(`--runs: expected a number from 1, found ${values.runs}`);

const rows: BenchRow[] = [];
let failed = 0;
for (const bench of benches) {
  if (values.only !== undefined && !bench.name.includes(values.only)) continue;
  console.error(`${bench.name} …`);
  try {
    rows.push(...(await bench.run({ runs, progress: (text) => console.error(`  ${text}`) })));
  } catch (error) {
    failed++;
    console.error(`${bench.name} failed: ${printError(error)}`);
  }
}

await removeBenchLab();

const machine = `${cpus().length} × ${cpus()[0]?.model ?? "CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
const show = (value: number | null | undefined): string =>
  value === null || value === undefined ? "" : value >= 100 ? value.toFixed(0) : value.toPrecision(3);
const lines = table(
  ["what", "unit", "haven", "p95", "peer", "p95", "peer is", "ratio", "to reach", ""],
  rows.map((row) => [
    row.name,
    row.unit,
    show(row.haven),
    show(row.havenP95),
    show(row.peer),
    show(row.peerP95),
    row.peerName,
    show(row.ratio),
    row.target,
    row.reached ? { text: "reached", style: "green" } : { text: "MISSED", style: "red" },
  ]),
  process.stdout.isTTY === true,
);
console.log(lines.join("\n"));
console.log(`on ${machine}; medians of ${runs} runs`);
if (values.only === undefined) {
  mkdirSync("bench", { recursive: true });
  const results = rows.map((row) => ({ ...row, machine }));
  writeFileSync("bench/results.json", `${JSON.stringify(results, undefined, 2)}\n`);
}
process.exitCode = failed === 0 ? 0 : 1;
