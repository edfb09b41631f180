import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { printError } from "../src/base/errors.ts";
import { exec } from "../src/base/exec.ts";
import { namesOfFailures, runFiles, type TestCounts } from "./run-files.ts";

export interface LaneOptions {
  /** Leave the lab as it is when a file that needs another one comes, and in the end. */
  readonly keepLab: boolean;
  /** A file that failed gets one more try in a new lab: for a machine that other things share. */
  readonly secondTry: boolean;
  readonly signal: AbortSignal;
  /** For each test that sets none itself; default 600,000. */
  readonly timeoutMs?: number;
  /** Print each file's output as a whole when it has ended: other lanes print meanwhile. */
  readonly buffered: boolean;
}

/** Files that use a lab of their own, and what its name ends with. */
const ownLabs: ReadonlyMap<string, string> = new Map([
  ["debian12", "-12"],
  ["two-nodes", "-2"],
  ["third-vote", "-2w"],
  ["sbd.test", "-sbd"],
  ["drill.test", "-drill"],
]);

/** One lab, and the files of tests that run in it one after the other. */
export class LabLane {
  readonly total: TestCounts = { passed: 0, failed: 0, skipped: 0 };
  /** What failed at first, and not at the second try. */
  readonly unsteady: string[] = [];
  /** A line for each failure, to be repeated at the end of a long output. */
  readonly failures: string[] = [];

  constructor(
    readonly labName: string,
    private readonly options: LaneOptions,
  ) {}

  /** Runs a file, after whatever the one before left in the lab has been cleared away. */
  async run(file: string): Promise<TestCounts> {
    this.say(`Integration tests: ${file}`);
    let counts = await this.tryFile(file);
    if (counts.failed > 0 && counts.twoWriters !== true && this.options.secondTry) {
      // Said loudly and listed in the end: a test that passes only sometimes is a bug, in it or in Haven.
      this.say(`  A second try, in a new lab: ${file}`);
      await this.takeDown();
      const second = await this.tryFile(file);
      if (second.failed === 0) this.unsteady.push(file);
      counts = second;
    }
    this.total.passed += counts.passed;
    this.total.failed += counts.failed;
    this.total.skipped += counts.skipped;
    if (counts.failed > 0) this.failures.push(...namesOfFailures(file, counts));
    return counts;
  }

  /** Takes the lane's labs down. */
  async takeDown(): Promise<void> {
    for (const suffix of ["", ...ownLabs.values()]) await this.takeLabDown(`${this.labName}${suffix}`);
  }

  private async tryFile(file: string): Promise<TestCounts> {
    const { signal, buffered, keepLab, timeoutMs = 600_000 } = this.options;
    const start = performance.now();
    const own = [...ownLabs].find(([word]) => file.includes(word))?.[1];
    let counts: TestCounts = { passed: 0, failed: 1, skipped: 0 };
    try {
      // Two labs at once are too much for one lane.
      if (own !== undefined && !keepLab) await this.takeLabDown(this.labName);
      else await this.quietLab();
      counts = await runFiles([file], timeoutMs, {
        signal,
        buffered,
        environment: { HAVEN_TEST_LAB: this.labName },
      });
    } catch (error) {
      this.say(`  ${printError(error)}`);
    }
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    this.say(
      `  ${file}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${seconds} s`,
    );
    if (counts.failed > 0 && !signal.aborted) await this.keepDebris(file, own);
    if (own !== undefined && !keepLab) await this.takeLabDown(`${this.labName}${own}`);
    return counts;
  }

  /**
   * Whatever the file before left: faults, failures, VMs. What it did not clear up is no fault of the next one, but
   * two writers on a disk, or a cluster that does not come to rest, is one failure.
   */
  private async quietLab(): Promise<void> {
    const { openLab } = await import("../src/lab/lab.ts");
    const lab = openLab({ name: this.labName }, false);
    if (!lab.isUp) return;
    const [{ TestLab }, { clusterQuiet }] = await Promise.all([
      import("../test/integration/harness/test-lab.ts"),
      import("../test/integration/harness/cluster-quiet.ts"),
    ]);
    try {
      await clusterQuiet(new TestLab(lab));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.say(`  The lab ${this.labName} did not come to rest: ${why}`);
      await this.keepDebris("unrest");
      if (this.options.secondTry && !why.includes("Two copies wrote to a disk")) {
        this.unsteady.push(`the lab ${this.labName} between two files`);
        await this.takeDown();
      } else {
        this.total.failed += 1;
        this.failures.push(`the lab ${this.labName} did not come to rest: ${why}`);
      }
    }
  }

  private async keepDebris(file: string, suffix = ""): Promise<void> {
    const { saveDebris } = await import("../test/integration/harness/save-debris.ts");
    const name = file.replace(/.*\//, "").replace(/\.test\.ts$/, "");
    const directory = await mkdtemp(join(tmpdir(), `haven-test-${name}-`));
    await saveDebris(`${this.labName}${suffix}`, directory);
    this.say(`  What the nodes logged is in ${directory}`);
  }

  private async takeLabDown(name: string): Promise<void> {
    if (!existsSync(`/var/lib/haven-lab/${name}`)) return;
    const result = await exec(["dist/haven", "lab", "down", "--name", name], { timeoutMs: 120_000 });
    if (result.code === 0) return;
    const what = `The lab ${name} could not be taken down: ${result.stderr.trim()}`;
    this.say(what);
    this.total.failed += 1;
    this.failures.push(what);
  }

  private say(line: string): void {
    console.log(line);
  }
}
