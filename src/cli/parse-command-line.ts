import { HavenError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import type { Command, GlobalOptions, OptionSpec, OptionSpecs } from "./command.ts";

/** Options every command takes. */
export const globalOptions = {
  json: { kind: "flag", help: "Print JSON for programs" },
  yes: { kind: "flag", short: "y", help: "Answer yes to every question" },
  quiet: { kind: "flag", short: "q", help: "No progress" },
  cluster: {
    kind: "string",
    value: "URL|NAME",
    help: "Ask that cluster through its API, after haven login; also HAVEN_CLUSTER",
  },
  help: { kind: "flag", short: "h", help: "Show help" },
} as const satisfies OptionSpecs;

export interface ParsedCommandLine {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, boolean | string | number | readonly string[] | undefined>>;
  readonly global: GlobalOptions & { readonly help: boolean };
}

/**
 * Reads the words after a command's path. Options may stand anywhere before `--`; `--name=value`,
 * `--name value`, `-x value` and `-xvalue` are understood.
 *
 * @throws HavenError usage
 */
export function parseCommandLine(command: Command, words: readonly string[]): ParsedCommandLine {
  const specs: OptionSpecs = { ...globalOptions, ...command.options };
  const values: Record<string, boolean | string | number | string[] | undefined> = {};
  for (const [name, spec] of Object.entries(specs)) values[name] = emptyValue(spec);
  const args: string[] = [];
  const queue = [...words];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === "--") {
      args.push(...queue.splice(0));
    } else if (isFlagsTogether(specs, word)) {
      queue.unshift(...[...word.slice(1)].map((letter) => `-${letter}`));
    } else if (word.startsWith("-") && word !== "-") {
      readOption(command, specs, word, queue, values);
    } else {
      args.push(word);
    }
  }
  const { json, yes, quiet, help, cluster, ...own } = values;
  const global = {
    ...{ json: json === true, yes: yes === true, quiet: quiet === true, help: help === true },
    cluster: typeof cluster === "string" ? cluster : undefined,
  };
  if (!global.help) checkArguments(command, args);
  return { args, options: own, global };
}

function emptyValue(spec: OptionSpec): boolean | string[] | undefined {
  if (spec.kind === "flag") return false;
  return spec.kind === "list" ? [] : undefined;
}

function readOption(
  command: Command,
  specs: OptionSpecs,
  word: string,
  queue: string[],
  values: Record<string, boolean | string | number | string[] | undefined>,
): void {
  const { name, inline } = splitOption(specs, word);
  const spec = specs[name];
  if (spec === undefined) {
    const like = nearest(name, Object.keys(specs));
    throw new HavenError("usage", {
      what: `Unknown option ${word.split("=")[0]} for haven ${command.path.join(" ")}`,
      hint: like === undefined ? `See: haven ${command.path.join(" ")} --help` : `Did you mean --${like}?`,
    });
  }
  if (spec.kind === "flag") {
    if (inline !== undefined) throw new HavenError("usage", { what: `Option --${name} takes no value` });
    values[name] = true;
    return;
  }
  const value = inline ?? queue.shift();
  if (value === undefined) {
    throw new HavenError("usage", {
      what: `Option --${name} needs a value: --${name} ${spec.value ?? "VALUE"}`,
    });
  }
  if (spec.kind === "integer") {
    if (!/^\d{1,15}$/.test(value)) {
      throw new HavenError("usage", { what: `Option --${name}: expected a whole number, found '${value}'` });
    }
    values[name] = Number(value);
  } else if (spec.kind === "list") {
    const list = values[name];
    if (Array.isArray(list)) list.push(value);
  } else {
    values[name] = value;
  }
}

/** `-yq` is `-y -q`, where both are flags. */
function isFlagsTogether(specs: OptionSpecs, word: string): boolean {
  const isFlag = (letter: string): boolean =>
    Object.values(specs).some((spec) => spec.short === letter && spec.kind === "flag");
  return /^-[a-z]{2,}$/i.test(word) && [...word.slice(1)].every(isFlag);
}

function splitOption(specs: OptionSpecs, word: string): { name: string; inline: string | undefined } {
  if (word.startsWith("--")) {
    const [name = "", ...rest] = word.slice(2).split("=");
    return { name, inline: rest.length === 0 ? undefined : rest.join("=") };
  }
  const letter = word.charAt(1);
  const name = Object.entries(specs).find(([, spec]) => spec.short === letter)?.[0] ?? word.slice(1);
  return { name, inline: word.length > 2 ? word.slice(2) : undefined };
}

function checkArguments(command: Command, args: readonly string[]): void {
  const required = command.args.filter((arg) => arg.optional !== true);
  const usage = `Usage: ${usageLine(command)}`;
  if (args.length < required.length) {
    const missing = required[args.length]?.name ?? "";
    throw new HavenError("usage", { what: `haven ${command.path.join(" ")} needs ${missing}`, hint: usage });
  }
  const last = command.args.at(-1);
  if (last?.many !== true && args.length > command.args.length) {
    throw new HavenError("usage", {
      what: `Unexpected argument '${args[command.args.length]}'`,
      hint: usage,
    });
  }
}

/** One line: `haven vm move NAME [--to NODE]`. */
export function usageLine(command: Command): string {
  const args = command.args.map((arg) => {
    const name = arg.many === true ? `${arg.name}…` : arg.name;
    return arg.optional === true ? `[${name}]` : name;
  });
  const options = Object.entries(command.options).map(([name, spec]) =>
    spec.kind === "flag" ? `[--${name}]` : `[--${name} ${spec.value ?? "VALUE"}]`,
  );
  return ["haven", ...command.path, ...args, ...options].join(" ");
}
