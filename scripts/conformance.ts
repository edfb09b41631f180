/**
 * `make conformance`: on the CIBs of ../shared/corpus, what Haven reads, explains, and says the transition is; against what
 * crm_simulate prints for people, and against what the summaries beside them say, which were made by another version of
 * the scheduler and, for some, with arguments of their own.
 *
 *   bun scripts/conformance.ts [NAME…]
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { printError } from "../src/base/errors.ts";
import { exec } from "../src/base/exec.ts";
import { someAtOnce } from "../src/base/some-at-once.ts";
import { planWhy } from "../src/ops/plan-why.ts";
import { Cib } from "../src/pacemaker/cib.ts";
import { fileEnvironment } from "../test/support/file-environment.ts";
import { summaryActions, transitionActions } from "../test/support/summary-actions.ts";

const folder = join(import.meta.dir, "../../shared/corpus/pacemaker-scheduler");
if (!existsSync(folder)) {
  console.log(`Skipped: ${folder} is not here`);
  process.exit(0);
}
const only = process.argv.slice(2);
const names = readdirSync(`${folder}/xml`)
  .filter((name) => name.endsWith(".xml"))
  .map((name) => basename(name, ".xml"))
  .filter((name) => only.length === 0 || only.includes(name));

interface Outcome {
  readonly error?: string;
  readonly sameAsTool: boolean;
  readonly sameAsSummary: boolean;
}

async function judge(name: string): Promise<Outcome> {
  const path = `${folder}/xml/${name}.xml`;
  try {
    const environment = fileEnvironment(path);
    const text = readFileSync(path, "utf8");
    const transition = await environment.pacemaker.simulate(text);
    const own = transitionActions(transition);
    const tool = await exec(["crm_simulate", "--run", "--xml-file", path], { timeoutMs: 120_000 });
    const first = Cib.parse(text).resources.find(({ kind }) => kind === "primitive");
    if (first !== undefined)
      await planWhy(environment, { name: first.id, events: () => Promise.resolve([]) });
    const summary = readFileSync(`${folder}/summary/${name}.summary`, "utf8");
    return {
      sameAsTool: Bun.deepEquals(own, summaryActions(tool.stdout)),
      sameAsSummary: Bun.deepEquals(own, summaryActions(summary)),
    };
  } catch (error) {
    return { error: printError(error), sameAsTool: false, sameAsSummary: false };
  }
}

const outcomes = await someAtOnce(names, judge, {
  limit: availableParallelism(),
  signal: new AbortController().signal,
});
const failing = names.filter((_, i) => outcomes[i]?.error !== undefined);
const differing = names.filter(
  (_, i) => outcomes[i]?.error === undefined && outcomes[i]?.sameAsTool !== true,
);
for (const name of failing) console.log(`${name}: ${outcomes[names.indexOf(name)]?.error}`);
for (const name of differing) console.log(`${name}: not what crm_simulate prints`);
const count = (is: (one: Outcome) => boolean): number => outcomes.filter(is).length;
console.log(`${names.length} CIBs`);
console.log(`${names.length - failing.length} read, simulated and explained`);
console.log(`${count((one) => one.sameAsTool)} the transition that crm_simulate prints`);
console.log(`${count((one) => one.sameAsSummary)} the transition that the summary says`);
process.exitCode = failing.length + differing.length === 0 ? 0 : 1;
