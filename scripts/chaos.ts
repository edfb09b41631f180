/**
 * `make chaos`: the scenarios of test/chaos, and the full counts (HAVEN_FULL=1) of the integration tests that have them; the
 * others do in `make test` all that they can. In two labs side by side, as there. The report is left in docs/evidence/, named
 * after the day.
 *
 *   bun scripts/chaos.ts [PATTERN]     the files whose path contains PATTERN, whatever they have
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { Glob } from "bun";
import { run } from "../src/base/exec.ts";
import { inLanes } from "./in-lanes.ts";
import { LabLane } from "./lab-lane.ts";
import type { TestCounts } from "./run-files.ts";

process.env.HAVEN_FULL = "1";
const only = process.argv[2];
const all = (await Array.fromAsync(new Glob("test/{integration,chaos}/*.test.ts").scan("."))).sort();
const hasMore = (path: string): boolean =>
  path.startsWith("test/chaos/") || readFileSync(path, "utf8").includes('from "./harness/scale.ts"');
const files = all.filter((path) => (only === undefined ? hasMore(path) : path.includes(only)));
const counted = new Map<string, TestCounts & { readonly minutes: string }>();
const began = new Date();

const lanes = ["chaos", "chaos-b"].map(
  (name) =>
    new LabLane(name, {
      keepLab: false,
      secondTry: false,
      signal: new AbortController().signal,
      timeoutMs: 3_600_000,
      buffered: true,
    }),
);
await inLanes(lanes, files.toReversed(), {
  run: async (lane, file) => {
    const start = performance.now();
    const counts = await lane.run(file);
    counted.set(file, { ...counts, minutes: ((performance.now() - start) / 60_000).toFixed(1) });
  },
  leave: (lane) => lane.takeDown(),
});
for (const lane of lanes) await lane.takeDown();
await report();
process.exitCode = lanes.some(({ total }) => total.failed > 0) ? 1 : 0;

async function report(): Promise<void> {
  const commit = (await run(["git", "rev-parse", "--short", "HEAD"])).trim();
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? "CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const day = began.toISOString().slice(0, 10);
  const ran = files.flatMap((file) => {
    const counts = counted.get(file);
    return counts === undefined ? [] : [{ file, counts }];
  });
  const lines = [
    `# Full counts, ${day}`,
    "",
    `Commit ${commit}, ${machine}, begun ${began.toISOString()}, ended ${new Date().toISOString()}.`,
    "",
    "| file | passed | failed | skipped | minutes |",
    "|---|---|---|---|---|",
    ...ran.map(
      ({ file, counts }) =>
        `| ${file} | ${counts.passed} | ${counts.failed} | ${counts.skipped} | ${counts.minutes} |`,
    ),
    ...ran.flatMap(({ file, counts }) => [
      "",
      `## ${file}`,
      "",
      ...(counts.tests ?? []).map((test) => `- ${test}`),
    ]),
    "",
  ];
  mkdirSync("docs/evidence", { recursive: true });
  writeFileSync(`docs/evidence/${day}${only === undefined ? "" : `-${only}`}.md`, lines.join("\n"));
  console.log(lines.join("\n"));
}
