import { twoWritersText } from "../test/integration/harness/expect-one-writer.ts";

/** How many tests ended in which way. */
export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
  /** Two copies of a VM wrote: never a matter of luck, so never tried again. */
  twoWriters?: boolean;
  /** Each test as `bun test` names it: "pass", "fail" or "skip", its name, its duration. */
  tests?: readonly string[];
  /** Files of which a test has failed. */
  failedFiles?: readonly string[];
}

export interface RunOptions {
  /** More options of `bun test`. */
  readonly words?: readonly string[];
  /** Ends the process. */
  readonly signal?: AbortSignal;
  /** Print what it printed as a whole, when it has ended. */
  readonly buffered?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Runs test files in one process of `bun test`, with its output on this terminal, and counts. A process that ends
 * without a summary, or with an error outside a test, is one failure.
 *
 * @param timeoutMs For each test that sets none itself
 */
export async function runFiles(
  files: readonly string[],
  timeoutMs: number,
  { words = [], signal, buffered = false, environment = {} }: RunOptions = {},
): Promise<TestCounts> {
  // Nobody may go on testing in a lab when this process is gone, even if it was killed.
  const bound = Bun.which("setpriv") === null ? [] : ["setpriv", "--pdeathsig", "KILL"];
  const paths = files.map((path) => `./${path}`);
  const child = Bun.spawn(
    [...bound, process.execPath, "test", `--timeout=${timeoutMs}`, ...words, ...paths],
    {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      env: { ...process.env, LC_ALL: "C.UTF-8", ...environment },
      ...(signal === undefined ? {} : { signal }),
    },
  );
  const kept: string[] = [];
  const keep = { write: (text: string) => kept.push(text) };
  const [, text] = await Promise.all([
    pass(child.stdout, buffered ? keep : process.stdout),
    pass(child.stderr, buffered ? keep : process.stderr),
    child.exited,
  ]);
  process.stdout.write(kept.join(""));
  const tests = [...text.matchAll(/^\((pass|fail|skip)\) (.*)$/gm)].map(([, end, name]) => `${end} ${name}`);
  const counts = { ...countTests(text, child.exitCode === 0), tests, failedFiles: filesThatFailed(text) };
  return text.includes(twoWritersText) ? { ...counts, twoWriters: true } : counts;
}

/** Reads the summary at the end of what `bun test` printed. */
export function countTests(text: string, succeeded: boolean): TestCounts {
  const summary = text.slice(Math.max(0, text.length - 2000));
  const number = (word: string): number =>
    Number([...summary.matchAll(new RegExp(`^\\s*(\\d+) ${word}$`, "gm"))].at(-1)?.[1] ?? 0);
  const counts = { passed: number("pass"), failed: number("fail"), skipped: number("skip") + number("todo") };
  if (!succeeded && counts.failed === 0) counts.failed = 1;
  if (succeeded && !/^Ran \d+ tests?/m.test(summary)) counts.failed += 1;
  return counts;
}

/** The files above whose failures `bun test` has printed their names. Its list of all failures at the end says nothing of files. */
export function filesThatFailed(text: string): readonly string[] {
  const found = new Set<string>();
  let file: string | undefined;
  for (const line of text.split("\n")) {
    if (/^\d+ tests? failed:$/.test(line)) break;
    file = /^(\S+\.test\.tsx?):$/.exec(line)?.[1] ?? file;
    if (line.startsWith("(fail) ") && file !== undefined) found.add(file);
  }
  return [...found];
}

/** A line for each test of a file that failed, or one for the file where no test did. */
export function namesOfFailures(file: string, { tests = [] }: TestCounts): readonly string[] {
  const names = tests.filter((test) => test.startsWith("fail ")).map((test) => test.slice("fail ".length));
  return names.length === 0 ? [`${file}: outside its tests`] : names.map((name) => `${file}: ${name}`);
}

/** Hands on all that comes, line by line, and returns it whole. */
async function pass(
  from: ReadableStream<Uint8Array>,
  to: { readonly write: (text: string) => unknown },
): Promise<string> {
  const decoder = new TextDecoder();
  let all = "";
  let line = "";
  for await (const chunk of from) {
    const text = decoder.decode(chunk, { stream: true });
    all += text;
    line += text;
    const end = line.lastIndexOf("\n") + 1;
    to.write(line.slice(0, end));
    line = line.slice(end);
  }
  to.write(line);
  return all;
}
