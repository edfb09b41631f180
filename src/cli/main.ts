import { markChanged } from "../base/changed-mark.ts";
import { HavenError, isHavenError, printError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { cibWatchWord } from "../daemon/cib-watch-words.ts";
import { loginWord } from "../daemon/login-words.ts";
import { keepHistoryWord } from "../history/history-paths.ts";
import { fenceAnswerWord } from "../power/fence-questions.ts";
import type { Command } from "./command.ts";
import { commands } from "./commands/table.ts";
import { commandHelp, groupHelp } from "./help.ts";
import { parseCommandLine } from "./parse-command-line.ts";
import { processTerminal } from "./terminal.ts";

/** The command line: finds the command, runs it, prints its error, and returns the exit code. */
export async function cliMain(words: readonly string[]): Promise<number> {
  const json = words.includes("--json");
  try {
    return await dispatch(words);
  } catch (error) {
    process.stderr.write(
      json ? `${JSON.stringify({ error: errorJson(error) })}\n` : `haven: ${printError(error)}\n`,
    );
    return error instanceof HavenError ? error.exit : 1;
  }
}

async function dispatch(words: readonly string[]): Promise<number> {
  if (words[0] === "completion-words") return await printCompletion(words.slice(2));
  if (words[0] === keepHistoryWord) return await (await import("./keep-history.ts")).keepHistory();
  if (words[0] === cibWatchWord) return await (await import("./watch-cib.ts")).runWatchCib();
  if (words[0] === loginWord) return (await import("./answer-login.ts")).runAnswerLogin();
  if (words[0] === fenceAnswerWord) {
    return await (await import("./answer-fence-test.ts")).runAnswerFenceTest(words.slice(1));
  }
  const { named, rest } = namedCluster(words);
  const command = findCommand(rest[0] === "--version" ? ["version"] : rest);
  if (command === undefined) return showGroup(rest);
  const { args, options, global } = parseCommandLine(command, [...named, ...rest.slice(command.path.length)]);
  if (global.help) {
    process.stdout.write(`${commandHelp(command)}\n`);
    return 0;
  }
  const terminal = processTerminal(global);
  const { signal, release } = abortOnSignals();
  const isRemote = global.cluster !== undefined || (process.env.HAVEN_CLUSTER ?? "") !== "";
  // Of a cluster elsewhere this node's daemon knows nothing.
  const mayChange = !isRemote && (command.role === "operator" || command.role === "admin");
  try {
    const call = { args, options: options as never, global, terminal, signal };
    if (!isRemote) return (await command.run(call)) ?? 0;
    return await (await import("./remote/run-remote.ts")).runRemote(command, call);
  } finally {
    if (mayChange) markChanged(Date.now());
    release();
  }
}

async function printCompletion(words: readonly string[]): Promise<number> {
  const { completionWords } = await import("./completion-words.ts");
  for (const word of await completionWords(words)) process.stdout.write(`${word}\n`);
  return 0;
}

/** The option that may stand before a command, as words that may stand behind it. */
function namedCluster(words: readonly string[]): {
  readonly named: readonly string[];
  readonly rest: readonly string[];
} {
  const count = words[0] === "--cluster" ? 2 : words[0]?.startsWith("--cluster=") === true ? 1 : 0;
  return { named: words.slice(0, count), rest: words.slice(count) };
}

/** The command with the longest path that the words begin with. */
function findCommand(words: readonly string[]): Command | undefined {
  return commands
    .filter((c) => c.path.every((word, i) => words[i] === word))
    .sort((a, b) => b.path.length - a.path.length)[0];
}

function showGroup(words: readonly string[]): number {
  const plain = words.filter((word) => !word.startsWith("-") && word !== "help");
  const matching = commands.filter((c) => plain.every((word, i) => c.path[i] === word));
  if (matching.length === 0) {
    const like = nearest(
      plain.join(" "),
      commands.map((c) => c.path.join(" ")),
    );
    throw new HavenError("usage", {
      what: `Unknown command: haven ${plain.join(" ")}`,
      hint: like === undefined ? "See: haven --help" : `Did you mean: haven ${like}?`,
    });
  }
  const text = groupHelp(matching, plain);
  const asked = words.some((word) => word === "--help" || word === "-h" || word === "help");
  (asked ? process.stdout : process.stderr).write(`${text}\n`);
  return asked ? 0 : 2;
}

// A signal to the process and to its group is one Ctrl-C; nobody presses it twice so quickly.
const sameCtrlCMs = 300;

/** First Ctrl-C or SIGTERM aborts; a later one ends the process at once. */
function abortOnSignals(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  let aborted = 0;
  const onSignal = (): void => {
    if (controller.signal.aborted && performance.now() - aborted > sameCtrlCMs) process.exit(130);
    if (!controller.signal.aborted) aborted = performance.now();
    controller.abort();
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, onSignal);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, onSignal);
    },
  };
}

/** The error as JSON: code, message, what to do next, causes. */
function errorJson(error: unknown): unknown {
  if (!isHavenError(error)) return { code: "internal", message: String(error) };
  const { code, message, hint, payload } = error;
  return {
    code,
    message,
    hint,
    payload,
    cause: error.cause === undefined ? undefined : errorJson(error.cause),
  };
}
