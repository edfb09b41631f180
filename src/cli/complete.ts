import type { Command, Completion, OptionSpecs } from "./command.ts";
import { globalOptions } from "./parse-command-line.ts";

/** What a completion could be: words to offer, or something that has to be looked up (VMs, nodes, files). */
export interface Candidates {
  readonly words: readonly string[];
  readonly lookUp?: Completion;
}

/**
 * What may stand in the place of the last word.
 *
 * @param words what was typed after `haven`; the last one may be unfinished or empty
 */
export function complete(commands: readonly Command[], words: readonly string[]): Candidates {
  const unfinished = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const command = commands
    .filter((c) => c.path.length <= before.length && c.path.every((word, i) => before[i] === word))
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (command === undefined) return { words: nextWords(commands, before, unfinished) };
  return insideCommand(command, before.slice(command.path.length), unfinished);
}

function nextWords(commands: readonly Command[], before: readonly string[], unfinished: string): string[] {
  const next = commands
    .filter((c) => c.path.length > before.length && before.every((word, i) => c.path[i] === word))
    .map((c) => c.path[before.length] ?? "");
  return [...new Set(next)].filter((word) => word.startsWith(unfinished)).sort();
}

function insideCommand(command: Command, typed: readonly string[], unfinished: string): Candidates {
  const specs: OptionSpecs = { ...command.options, ...globalOptions };
  const previous = typed.at(-1) ?? "";
  const wanting = previous.startsWith("--") ? specs[previous.slice(2)] : undefined;
  if (wanting !== undefined && wanting.kind !== "flag") return offer(wanting.complete, unfinished);
  if (unfinished.startsWith("-")) {
    const names = Object.keys(specs).map((name) => `--${name}`);
    return { words: names.filter((name) => name.startsWith(unfinished)).sort() };
  }
  const position = countArguments(specs, typed);
  const argument =
    command.args[position] ?? (command.args.at(-1)?.many === true ? command.args.at(-1) : undefined);
  return offer(argument?.complete, unfinished);
}

function countArguments(specs: OptionSpecs, typed: readonly string[]): number {
  let count = 0;
  for (let i = 0; i < typed.length; i++) {
    const word = typed[i] ?? "";
    if (!word.startsWith("--")) count++;
    else if (!word.includes("=") && (specs[word.slice(2)]?.kind ?? "flag") !== "flag") i++;
  }
  return count;
}

function offer(completion: Completion | undefined, unfinished: string): Candidates {
  if (completion === undefined) return { words: [] };
  if (typeof completion === "string") return { words: [], lookUp: completion };
  return { words: completion.filter((word) => word.startsWith(unfinished)) };
}
