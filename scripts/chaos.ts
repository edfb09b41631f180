/**
 * `make chaos`: the full counts and long scenarios (HAVEN_FULL=1) of the integration tests that have them; the others
 * do in `make test` all that they can. The report is left in docs/evidence/, named after the day.
 *
 *   bun scripts/chaos.ts [PATTERN]     the files whose path contains PATTERN, whatever they have
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { Glob } from "bun";
import { run } from "../src/base/exec.ts";
import { runFiles } from "./run-files.ts";

process.env.HAVEN_FULL = "1";
process.env.HAVEN_TEST_LAB = "chaos";
const only = process.argv[2];
const all = (await Array.fromAsync(new Glob("test/{integration,chaos}/*.test.ts").scan("."))).sort();
const hasMore = (path: string): boolean => readFileSync(path, "utf8").includes('from "./harness/scale.ts"');
const files = all.filter((path) => (only === undefined ? hasMore(path) : path.includes(only)));
const rows: string[] = [];
const tests: string[] = [];
let failed = 0;
const began = new Date();
for (const file of files) {
  const start = performance.now();
  const counts = await runFiles([file], 3_600_000);
  failed += counts.failed;
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  tests.push("", `## ${file}`, "", ...(counts.tests ?? []).map((test) => `- ${test}`));
  rows.push(`| ${file} | ${counts.passed} | ${counts.failed} | ${counts.skipped} | ${minutes} |`);
}
for (const name of ["chaos", "chaos-12"]) await run(["dist/haven", "lab", "down", "--name", name]);
const commit = (await run(["git", "rev-parse", "--short", "HEAD"])).trim();
const machine = `${cpus().length} × ${cpus()[0]?.model ?? "CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
const day = began.toISOString().slice(0, 10);
const report = [
  `# Full counts, ${day}`,
  "",
  `Commit ${commit}, ${machine}, begun ${began.toISOString()}, ended ${new Date().toISOString()}.`,
  "",
  "| file | passed | failed | skipped | minutes |",
  "|---|---|---|---|---|",
  ...rows,
  ...tests,
  "",
].join("\n");
mkdirSync("docs/evidence", { recursive: true });
writeFileSync(`docs/evidence/${day}${only === undefined ? "" : `-${only}`}.md`, report);
console.log(report);
process.exitCode = failed === 0 ? 0 : 1;
