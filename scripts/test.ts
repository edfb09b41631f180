/**
 * `make test`: every test, with reduced counts. Unit tests first, while the images of the lab's nodes are built; then
 * the integration tests file by file. Ends with the line "N passed, N failed, N skipped".
 *
 *   bun scripts/test.ts [--only PATTERN] [--keep-lab] [--lanes N]
 *
 * --only runs the files whose path contains PATTERN, in one lab. A lab keeps two processors busy: there are as many
 * lanes, each with a lab of its own, as the machine has pairs of them, three at the most. What nodes logged is kept
 * where a test failed.
 *
 * HAVEN_TEST_MINUTES=N: no integration test file is begun after N minutes. Those that are left are named and counted as
 * skipped: for a machine on which the time is short.
 */
import { cpus } from "node:os";
import { Glob } from "bun";
import { printError } from "../src/base/errors.ts";
import { exec } from "../src/base/exec.ts";
import { nodeImage } from "../src/lab/image.ts";
import { labMissing } from "../test/integration/harness/lab-missing.ts";
import { inLanes } from "./in-lanes.ts";
import { LabLane } from "./lab-lane.ts";
import { namesOfFailures, runFiles, type TestCounts } from "./run-files.ts";

const options = readOptions(process.argv.slice(2));
const began = performance.now();
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => stop.abort());

const all = (await Array.fromAsync(new Glob("{src,web,test,scripts}/**/*.test.ts").scan("."))).sort();
// What has not been seen to pass in a lab yet runs only when it is named: --only unproven/NAME.
const isAsked = (path: string): boolean =>
  options.only === undefined ? !path.startsWith("test/unproven/") : path.includes(options.only);
const files = all.filter(isAsked);
const inLab = files.filter((path) => /^test\/(integration|unproven)\/[^/]+$/.test(path));
const units = files.filter((path) => !/^test\/(browser|chaos)\//.test(path) && !inLab.includes(path));
await installPackages();
const failures: string[] = [];
/** Files for which no time was left. */
const left: string[] = [];
const minutes = Number(process.env.HAVEN_TEST_MINUTES ?? Number.POSITIVE_INFINITY);
const isSecondTry = (): boolean => process.env.HAVEN_SECOND_TRY === "1" && !isLate();
const unsteadyUnits: string[] = [];
const isLate = (): boolean => performance.now() - began > minutes * 60_000;
const images = inLab.length > 0 ? buildImages() : Promise.resolve();
const total: TestCounts = await runUnits();
await images;
const unsteady = await runInLabs();
if (files.length === 0) {
  say(`No test file's path contains ${options.only}`);
  total.failed += 1;
}
if (stop.signal.aborted) {
  say("Interrupted");
  total.failed = Math.max(1, total.failed);
}
for (const file of left) say(`NOT RUN: ${file}, because ${minutes} minutes had passed (HAVEN_TEST_MINUTES)`);
total.skipped += left.length;
for (const file of [...unsteadyUnits, ...unsteady])
  say(`UNSTEADY: ${file} failed at first, and not at the second try`);
for (const failure of failures) say(`FAILED: ${failure}`);
say(`Took ${((performance.now() - began) / 1000).toFixed(0)} s`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);

async function runUnits(): Promise<TestCounts> {
  if (units.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  say(`Unit tests: ${units.length} files`);
  const start = performance.now();
  try {
    // Of many files only what failed is worth a line.
    const words = units.length > 1 ? ["--only-failures"] : [];
    let counts = await runFiles(units, 60_000, { words, signal: stop.signal });
    const again = counts.failedFiles ?? [];
    if (isSecondTry() && counts.failed > 0 && again.length > 0 && again.length <= 5) {
      say(`  A second try: ${again.join(", ")}`);
      const second = await runFiles(again, 60_000, { signal: stop.signal });
      if (second.failed === 0) {
        unsteadyUnits.push(...again);
        counts = { ...counts, passed: counts.passed + counts.failed, failed: 0 };
      }
    }
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    say(`  ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${seconds} s`);
    if (counts.failed > 0) failures.push(...namesOfFailures("unit", counts));
    return counts;
  } catch (error) {
    say(`  ${printError(error)}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** Mostly waits for a mirror: beside the unit tests it costs nothing. Who needs an image that failed says why. */
async function buildImages(): Promise<void> {
  if (labMissing() !== undefined) return;
  const needed = (["debian13", "debian12"] as const).filter(
    (image) => image === "debian13" || inLab.some((path) => path.includes(image)),
  );
  for (const image of needed) {
    await nodeImage(image, { progress: say, signal: stop.signal }).catch(() => undefined);
  }
}

/** @returns what was unsteady */
async function runInLabs(): Promise<readonly string[]> {
  if (inLab.length === 0 || stop.signal.aborted) return [];
  const missing = labMissing();
  if (missing !== undefined) say(`Integration tests are skipped: ${missing}`);
  const labName = process.env.HAVEN_TEST_LAB ?? "test";
  const count = Math.min(options.lanes, inLab.length);
  const lanes = Array.from({ length: count }, (_, at) => {
    return new LabLane(at === 0 ? labName : `${labName}-${String.fromCharCode(97 + at)}`, {
      keepLab: options.keepLab,
      // On a machine that other things share, HAVEN_SECOND_TRY=1 gives a file that failed one more try.
      get secondTry() {
        return isSecondTry();
      },
      signal: stop.signal,
      buffered: count > 1,
    });
  });
  const leave = async (lane: LabLane): Promise<void> => {
    if (!options.keepLab) await lane.takeDown();
  };
  try {
    await inLanes(lanes, inOrder(inLab), {
      run: async (lane, file) => {
        if (isLate()) left.push(file);
        else await lane.run(file);
      },
      leave,
      signal: stop.signal,
    });
  } finally {
    for (const lane of lanes) await leave(lane);
    for (const lane of lanes) {
      total.passed += lane.total.passed;
      total.failed += lane.total.failed;
      total.skipped += lane.total.skipped;
      failures.push(...lane.failures);
    }
  }
  return lanes.flatMap((lane) => lane.unsteady);
}

/** First what nothing else shows; last what takes long, and what needs a lab of its own, for which the other goes. */
function inOrder(paths: readonly string[]): string[] {
  const first = [
    "/vm.",
    "/agent.",
    "/fencing.",
    "migration-breaks",
    "daemon.test",
    "guest-fence",
    "fence-devices",
  ];
  const last = ["daemon-deaths", "adopt", "two-nodes", "third-vote", "debian12", "sbd.test", "drill.test"];
  const rank = (path: string): number => {
    const [early, late] = [first, last].map((words) => words.findIndex((word) => path.includes(word)));
    if (early !== undefined && early !== -1) return early - first.length;
    return (late ?? -1) + 1;
  };
  return paths.toSorted((one, other) => rank(one) - rank(other));
}

/** Debian packages that the tests use, by a program of each. The browser comes last: without it all others run. */
async function installPackages(): Promise<void> {
  const wanted = {
    mmdebstrap: "mmdebstrap",
    crm_simulate: "pacemaker-cli-utils",
    openssl: "openssl",
    ip: "iproute2",
    "qemu-img": "qemu-utils",
    xorriso: "xorriso",
  };
  await install(wanted);
  if (inLab.some((path) => path.includes("/console.test"))) await install({ chromium: "chromium" });
}

async function install(wanted: Readonly<Record<string, string>>): Promise<void> {
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

function readOptions(words: readonly string[]): {
  readonly only: string | undefined;
  readonly keepLab: boolean;
  readonly lanes: number;
} {
  let only: string | undefined;
  let keepLab = false;
  let lanes: number | undefined;
  for (let i = 0; i < words.length; i++) {
    if (words[i] === "--keep-lab") keepLab = true;
    else if (words[i] === "--only" && words[i + 1] !== undefined) only = words[++i];
    else if (words[i] === "--lanes" && /^[1-9]$/.test(words[i + 1] ?? "")) lanes = Number(words[++i]);
    else {
      console.error(
        `Unknown word ${words[i]}. Usage: bun scripts/test.ts [--only PATTERN] [--keep-lab] [--lanes N]`,
      );
      process.exit(2);
    }
  }
  const usual = Math.min(3, Math.max(1, Math.floor(cpus().length / 2)));
  return { only, keepLab, lanes: lanes ?? (only === undefined && !keepLab ? usual : 1) };
}

function say(line: string): void {
  console.log(line);
}
