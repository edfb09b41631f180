import { createWriteStream } from "node:fs";
import { HavenError, printError } from "../base/errors.ts";
import { version } from "../base/version.ts";
import {
  type FenceAction,
  type FenceDescription,
  fenceActions,
  fenceHelp,
  fenceMetadata,
} from "./fence-metadata.ts";
import {
  type FenceOption,
  type FenceValues,
  type ParsedFenceOptions,
  parseFenceInput,
  parseFenceWords,
} from "./fence-option.ts";

/** A fence agent: what it says of itself, and what it does. */
export interface FenceAgent extends FenceDescription {
  /** What is wrong with the values, beyond their types; for people, without secrets. */
  check(values: FenceValues, action: FenceAction): readonly string[];
  /** Does it, and returns the exit code. Prints its answer through the call; throws HavenError. */
  run(call: FenceCall): Promise<number>;
}

/** What an agent gets for one action. */
export interface FenceCall {
  readonly action: Exclude<FenceAction, "metadata" | "validate-all">;
  /** Options that were given, and defaults. */
  readonly values: FenceValues;
  /** Aborted by SIGTERM and SIGINT. */
  readonly signal: AbortSignal;
  /** A line on standard output. */
  say(line: string): void;
  /** What happens, for --verbose and the debug file. */
  note(line: string): void;
  /** What an administrator must know, always on standard error. */
  warn(line: string): void;
}

/** The options that every agent has. */
export const commonOptions: readonly FenceOption[] = [
  {
    name: "action",
    short: "o",
    type: "string",
    default: "reboot",
    text: "What to do: reboot, off, on, status, list, list-status, monitor, metadata or validate-all",
  },
  {
    name: "nodename",
    type: "string",
    hidden: true,
    text: "Name of the node in the cluster, which Pacemaker adds",
  },
  { name: "verbose", short: "v", type: "boolean", text: "Say what happens on standard error" },
  { name: "verbose_level", type: "integer", text: "More than 0 is the same as verbose" },
  { name: "quiet", short: "q", type: "boolean", text: "Nothing on standard error" },
  {
    name: "debug_file",
    short: "D",
    deprecated: ["debug"],
    type: "string",
    text: "Write what happens to this file as well",
  },
  { name: "version", short: "V", type: "boolean", text: "Print the version and exit" },
  { name: "help", short: "h", type: "boolean", text: "Print this help and exit" },
];

const maxInput = 1024 * 1024;

/**
 * Runs a fence agent as ClusterLabs' fence agent interface says: options as command line words or, without any, as
 * name=value lines on standard input. Exit code 0 is success (status: on), 2 is "off" (status only), everything else
 * is 1: failed, or not known.
 */
export async function runFenceAgent(agent: FenceAgent, words: readonly string[]): Promise<number> {
  const parsed =
    words.length > 0
      ? parseFenceWords(words, agent.options)
      : parseFenceInput(await standardInput(), agent.options);
  const values = withDefaults(parsed.values, agent.options);
  const asked = (values.get("action") ?? "").toLowerCase();
  const action = asked === "meta-data" ? "metadata" : asked;
  if (parsed.values.get("help") === "1") return print(fenceHelp(agent));
  if (parsed.values.get("version") === "1") return print(`${version}\n`);
  if (action === "metadata") return print(fenceMetadata(agent));
  const output = outputOf(agent.name, values);
  try {
    return await act(agent, action, { ...parsed, values }, output);
  } catch (error) {
    output.error(printError(error));
    const { leaveFenceWords } = await import("./fence-words.ts");
    const subject = values.get("nodename") ?? values.get("plug") ?? values.get("ip") ?? "";
    await leaveFenceWords(subject, error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    await output.close();
  }
}

async function act(
  agent: FenceAgent,
  action: string,
  parsed: ParsedFenceOptions,
  output: Output,
): Promise<number> {
  for (const warning of parsed.warnings) output.warn(warning);
  const isKnown = fenceActions.some((one) => one === action);
  const errors = isKnown
    ? [...parsed.errors, ...agent.check(parsed.values, action as FenceAction)]
    : [
        ...parsed.errors,
        `Unknown action ${action.slice(0, 32)}, expected one of: ${fenceActions.join(", ")}`,
      ];
  for (const error of errors) output.error(error);
  if (errors.length > 0) return 1;
  if (action === "validate-all") return 0;

  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  // Pacemaker ends an agent whose time is over. Nothing may be claimed then, and nothing left half-said: a signal
  // that comes twice (`timeout` sends it to the process and to its group) must not end it in the middle of that.
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  try {
    return await agent.run({
      action: action as FenceCall["action"],
      values: parsed.values,
      signal: stop.signal,
      say: (line) => process.stdout.write(`${line}\n`),
      note: output.note,
      warn: output.warn,
    });
  } finally {
    if (!stop.signal.aborted) {
      process.off("SIGTERM", onSignal);
      process.off("SIGINT", onSignal);
    }
  }
}

interface Output {
  note(line: string): void;
  warn(line: string): void;
  error(line: string): void;
  close(): Promise<void>;
}

function outputOf(name: string, values: FenceValues): Output {
  const isVerbose = values.get("verbose") === "1" || Number(values.get("verbose_level") ?? 0) > 0;
  const isQuiet = values.get("quiet") === "1";
  const path = values.get("debug_file");
  const file = path === undefined ? undefined : createWriteStream(path, { flags: "a", mode: 0o600 });
  const write = (shown: boolean, level: string, line: string): void => {
    if (shown) process.stderr.write(`${name}: ${line}\n`);
    file?.write(`${new Date().toISOString()} ${level}: ${line}\n`);
  };
  file?.on("error", (error) => {
    if (!isQuiet) process.stderr.write(`${name}: Cannot write the debug file: ${error.message}\n`);
  });
  return {
    note: (line) => write(isVerbose, "debug", line),
    warn: (line) => write(!isQuiet, "warning", line),
    error: (line) => write(!isQuiet, "error", line),
    close: () =>
      file === undefined || file.destroyed
        ? Promise.resolve()
        : new Promise((resolve) => {
            file.once("error", () => resolve());
            file.end(() => resolve());
          }),
  };
}

function withDefaults(values: FenceValues, options: readonly FenceOption[]): FenceValues {
  const all = new Map(values);
  for (const option of options) {
    if (option.default !== undefined && !all.has(option.name)) all.set(option.name, option.default);
  }
  return all;
}

async function standardInput(): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of Bun.stdin.stream()) {
    size += chunk.byteLength;
    if (size > maxInput) throw new HavenError("usage", { what: "More than 1 MiB on standard input" });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
