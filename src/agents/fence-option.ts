/** An option of a fence agent, as the fence agent interface has it. */
export interface FenceOption {
  /** The name on standard input; on the command line with - for _. */
  readonly name: string;
  /** The letter on the command line. */
  readonly short?: string;
  /** Older names that are still understood. */
  readonly deprecated?: readonly string[];
  readonly type: "string" | "integer" | "second" | "boolean" | "select";
  readonly choices?: readonly string[];
  readonly default?: string;
  readonly required?: boolean;
  /** Not in the metadata: Pacemaker adds it, nobody configures it. */
  readonly hidden?: boolean;
  readonly text: string;
}

/** What an agent was told: values by option name, checked against their types. */
export type FenceValues = ReadonlyMap<string, string>;

/** What was understood, what was ignored, what is wrong. */
export interface ParsedFenceOptions {
  readonly values: FenceValues;
  /** For people; never holds a value, which may be a secret. */
  readonly warnings: readonly string[];
  readonly errors: readonly string[];
}

// Sent by Pacemaker or its configuration, for others than the agent.
const foreign = /^(pcmk_|crm_|CRM_)|^(stonith-timeout|priority|provides)$/;

const truths = new Map([
  ...["1", "yes", "on", "true"].map((word) => [word, "1"] as const),
  ...["0", "no", "off", "false"].map((word) => [word, "0"] as const),
]);

/**
 * Reads the name=value lines that Pacemaker writes to an agent's standard input. Unknown options are ignored with
 * a warning, blank lines and lines that begin with # without one.
 */
export function parseFenceInput(text: string, options: readonly FenceOption[]): ParsedFenceOptions {
  const collected = new Collector(options);
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const equals = line.indexOf("=");
    const name = (equals < 0 ? line : line.slice(0, equals)).trim();
    const value = equals < 0 ? "" : line.slice(equals + 1).replace(/^"(.*)"$/, "$1");
    if (foreign.test(name)) continue;
    const option = collected.named(name);
    if (option === undefined) collected.warnings.push(`Ignored the unknown option ${name.slice(0, 64)}`);
    else collected.add(option, value);
  }
  return collected.result();
}

/** Reads command line words the way getopt does. Unknown options are errors. */
export function parseFenceWords(
  words: readonly string[],
  options: readonly FenceOption[],
): ParsedFenceOptions {
  const collected = new Collector(options);
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === "--") break;
    if (word.startsWith("--")) collected.long(word.slice(2), left);
    else if (/^-./.test(word)) collected.letters(word.slice(1), left);
    else collected.warnings.push("Ignored a word that is no option");
  }
  return collected.result();
}

class Collector {
  readonly #values = new Map<string, string>();
  readonly warnings: string[] = [];
  readonly #errors: string[] = [];

  constructor(private readonly options: readonly FenceOption[]) {}

  named(name: string): FenceOption | undefined {
    const wanted = name.replaceAll("-", "_");
    return this.options.find((option) => option.name === wanted || option.deprecated?.includes(wanted));
  }

  add(option: FenceOption, value: string): void {
    const { name, type, choices } = option;
    if (type === "boolean") {
      const truth = truths.get(value.toLowerCase());
      if (truth === undefined) this.warnings.push(`Ignored ${name}, which is neither yes nor no`);
      else this.#values.set(name, truth);
      return;
    }
    if ((type === "second" || type === "integer") && !/^\d{1,6}$/.test(value)) {
      this.#errors.push(`${name} expects a number${type === "second" ? " of seconds" : ""}`);
      return;
    }
    const choice = choices?.find((one) => one.toUpperCase() === value.toUpperCase());
    if (choices !== undefined && choice === undefined) {
      this.#errors.push(`${name} expects one of: ${choices.join(", ")}`);
      return;
    }
    this.#values.set(name, choice ?? value);
  }

  long(text: string, left: string[]): void {
    const equals = text.indexOf("=");
    const name = equals < 0 ? text : text.slice(0, equals);
    const option = this.named(name);
    if (option === undefined) this.#errors.push(`Unknown option --${name.slice(0, 64)}`);
    else if (option.type === "boolean" && equals < 0) this.add(option, "1");
    else this.#valueOf(option, equals < 0 ? undefined : text.slice(equals + 1), left);
  }

  letters(text: string, left: string[]): void {
    for (let rest = text; rest !== ""; ) {
      const option = this.options.find(({ short }) => short === rest[0]);
      if (option === undefined) {
        this.#errors.push(`Unknown option -${rest[0]}`);
        return;
      }
      rest = rest.slice(1);
      if (option.type === "boolean") {
        this.add(option, "1");
        continue;
      }
      this.#valueOf(option, rest === "" ? undefined : rest, left);
      return;
    }
  }

  #valueOf(option: FenceOption, value: string | undefined, left: string[]): void {
    const found = value ?? left.shift();
    if (found === undefined) this.#errors.push(`--${option.name.replaceAll("_", "-")} needs a value`);
    else this.add(option, found);
  }

  result(): ParsedFenceOptions {
    return { values: this.#values, warnings: this.warnings, errors: this.#errors };
  }
}
