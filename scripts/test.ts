/**
 * `make test`: every test, with reduced counts. Unit tests first, then the integration tests file by file in one
 * lab that they share, which is taken down in the end. Ends with the line "N passed, N failed, N skipped".
 *
 *   bun scripts/test.ts [--only PATTERN] [--keep-lab]
 *
 * --only runs the files whose path contains PATTERN. What nodes logged is kept where a test failed.
 */
import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Glob } from "bun";
import { printError } from "../src/base/errors.ts";
import { exec } from "../src/base/exec.ts";
import { labMissing } from "../test/integration/harness/lab-missing.ts";
import { runFiles, type TestCounts } from "./run-files.ts";

const options = readOptions(process.argv.slice(2));
const began = performance.now();
const total: TestCounts = { passed: 0, failed: 0, skipped: 0 };
const labName = process.env.HAVEN_TEST_LAB ?? "test";
// On a machine that other things share, HAVEN_SECOND_TRY=1 gives a file of lab tests that failed one more try.
const secondTry = process.env.HAVEN_SECOND_TRY === "1";
const unsteady: string[] = [];
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => stop.abort());

await installPackages();
const all = (await Array.fromAsync(new Glob("{src,test,scripts}/**/*.test.ts").scan("."))).sort();
const files = all.filter((path) => options.only === undefined || path.includes(options.only));
const inLab = files.filter((path) => /^test\/integration\/[^/]+$/.test(path));
const units = files.filter((path) => !/^test\/(browser|chaos)\//.test(path) && !inLab.includes(path));
try {
  if (units.length > 0) await runAll("Unit tests", [units], 60_000);
  if (inLab.length > 0) {
    const missing = labMissing();
    if (missing !== undefined) say(`Integration tests are skipped: ${missing}`);
    await runAll(
      "Integration tests",
      inOrder(inLab).map((path) => [path]),
      600_000,
    );
  }
} finally {
  if (!options.keepLab && inLab.length > 0) await takeLabsDown();
}
if (files.length === 0) {
  say(`No test file's path contains ${options.only}`);
  total.failed += 1;
}
if (stop.signal.aborted) {
  say("Interrupted");
  total.failed = Math.max(1, total.failed);
}
for (const file of unsteady) say(`UNSTEADY: ${file} failed at first, and not at the second try`);
say(`Took ${((performance.now() - began) / 1000).toFixed(0)} s`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);

async function runAll(
  title: string,
  groups: readonly (readonly string[])[],
  timeoutMs: number,
): Promise<void> {
  for (const group of groups) {
    if (stop.signal.aborted) return;
    say(`${title}: ${group.length === 1 ? group[0] : `${group.length} files`}`);
    const isInLab = group.some((path) => inLab.includes(path));
    let counts = await runGroup(group, timeoutMs, isInLab);
    if (counts.failed > 0 && counts.twoWriters !== true && isInLab && secondTry) {
      // Said loudly and listed in the end: a test that passes only sometimes is a bug, in it or in Haven.
      say(`  A second try, in a new lab: ${group.join(" ")}`);
      await takeLabsDown();
      const second = await runGroup(group, timeoutMs, isInLab);
      if (second.failed === 0) unsteady.push(...group);
      counts = second;
    }
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  }
}

async function runGroup(group: readonly string[], timeoutMs: number, isInLab: boolean): Promise<TestCounts> {
  const start = performance.now();
  let counts: TestCounts = { passed: 0, failed: 1, skipped: 0 };
  try {
    if (isInLab && needsOwnLab(group[0] ?? "") && !options.keepLab) await takeLabDown(labName);
    else if (isInLab) await quietLab();
    // Of many files only what failed is worth a line.
    counts = await runFiles(group, timeoutMs, group.length > 1 ? ["--only-failures"] : [], stop.signal);
  } catch (error) {
    say(`  ${printError(error)}`);
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  say(`  ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${seconds} s`);
  if (counts.failed > 0 && isInLab && !stop.signal.aborted) await keepDebris(group[0] ?? "");
  return counts;
}

/** Files that need a lab of their own come last, when the shared one can go. */
function inOrder(paths: readonly string[]): readonly string[] {
  return [...paths.filter((path) => !needsOwnLab(path)), ...paths.filter(needsOwnLab)];
}

function needsOwnLab(path: string): boolean {
  return path.includes("debian12");
}

/**
 * Whatever the file before left: faults, failures, VMs. What it did not clear up is no fault of the next one, but
 * two writers on a disk, or a cluster that does not come to rest, is one failure.
 */
async function quietLab(): Promise<void> {
  const { openLab } = await import("../src/lab/lab.ts");
  const lab = openLab({ name: labName }, false);
  if (!lab.isUp) return;
  const [{ TestLab }, { clusterQuiet }] = await Promise.all([
    import("../test/integration/harness/test-lab.ts"),
    import("../test/integration/harness/cluster-quiet.ts"),
  ]);
  try {
    await clusterQuiet(new TestLab(lab));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    say(`  The lab did not come to rest: ${why}`);
    await keepDebris("unrest");
    if (secondTry && !why.includes("Two copies wrote to a disk")) {
      unsteady.push("the lab between two files");
      await takeLabsDown();
    } else {
      total.failed += 1;
    }
  }
}

async function keepDebris(file: string): Promise<void> {
  const { saveDebris } = await import("../test/integration/harness/save-debris.ts");
  const name = file.replace(/.*\//, "").replace(/\.test\.ts$/, "");
  const directory = await mkdtemp(join(tmpdir(), `haven-test-${name}-`));
  await saveDebris(labName, directory);
  say(`  What the nodes logged is in ${directory}`);
}

async function takeLabsDown(): Promise<void> {
  for (const name of [labName, `${labName}-12`]) await takeLabDown(name);
}

async function takeLabDown(name: string): Promise<void> {
  if (!existsSync(`/var/lib/haven-lab/${name}`)) return;
  const result = await exec(["dist/haven", "lab", "down", "--name", name], { timeoutMs: 120_000 });
  if (result.code === 0) return;
  say(`The lab ${name} could not be taken down: ${result.stderr.trim()}`);
  total.failed += 1;
}

/** Debian packages that the tests use, by a program of each. */
async function installPackages(): Promise<void> {
  const wanted = {
    mmdebstrap: "mmdebstrap",
    crm_simulate: "pacemaker-cli-utils",
    openssl: "openssl",
    ip: "iproute2",
  };
  const missing = Object.entries(wanted)
    .filter(([program]) => Bun.which(program) === null)
    .map(([, name]) => name);
  if (missing.length === 0) return;
  const command = ["apt-get", "install", "--yes", "--no-install-recommends", ...missing];
  if (process.getuid?.() !== 0 || Bun.which("apt-get") === null) {
    say(`Tests that need them are skipped; install: ${command.join(" ")}`);
    return;
  }
  say(`Installing ${missing.join(", ")}`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await exec(["apt-get", "update", "--quiet"], { env, timeoutMs: 300_000 });
  const result = await exec(command, { env, timeoutMs: 600_000 });
  if (result.code !== 0) say(`apt-get failed: ${result.stderr.trim().split("\n").at(-1)}`);
}

function readOptions(words: readonly string[]): { only: string | undefined; keepLab: boolean } {
  let only: string | undefined;
  let keepLab = false;
  for (let i = 0; i < words.length; i++) {
    if (words[i] === "--keep-lab") keepLab = true;
    else if (words[i] === "--only" && words[i + 1] !== undefined) only = words[++i];
    else {
      console.error(`Unknown word ${words[i]}. Usage: bun scripts/test.ts [--only PATTERN] [--keep-lab]`);
      process.exit(2);
    }
  }
  return { only, keepLab };
}

function say(line: string): void {
  console.log(line);
}
