import type { Role } from "../contract/role.ts";
import type { RemoteCluster } from "./remote/remote-cluster.ts";

/** A positional argument. Only the last may take many values or be left out. */
export interface ArgumentSpec {
  /** As shown in help: NAME, FILE, NODE. */
  readonly name: string;
  readonly help: string;
  readonly optional?: boolean;
  readonly many?: boolean;
  /** What shell completion offers. */
  readonly complete?: Completion;
}

export type Completion = "vm" | "node" | "vm or node" | "device" | "raw" | "file" | readonly string[];

/** An option. A `flag` is true or absent, `list` may be given several times. */
export interface OptionSpec {
  readonly kind: "flag" | "string" | "integer" | "list";
  readonly help: string;
  /** The placeholder in help, NODE say; not for flags. */
  readonly value?: string;
  readonly short?: string;
  readonly complete?: Completion;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type OptionValue<S extends OptionSpec> = S["kind"] extends "flag"
  ? boolean
  : S["kind"] extends "integer"
    ? number | undefined
    : S["kind"] extends "list"
      ? readonly string[]
      : string | undefined;

export type OptionValues<O extends OptionSpecs> = { readonly [K in keyof O]: OptionValue<O[K]> };

/** What a command's `run` gets: checked arguments, and where to write. */
export interface CommandCall<O extends OptionSpecs = OptionSpecs> {
  readonly args: readonly string[];
  readonly options: OptionValues<O>;
  readonly global: GlobalOptions;
  readonly terminal: Terminal;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
}

/** Options that every command has. */
export interface GlobalOptions {
  /** Print JSON for programs; progress goes to standard error or nowhere. */
  readonly json: boolean;
  /** Answer yes to every question. */
  readonly yes: boolean;
  readonly quiet: boolean;
  /** The cluster that is asked through its API, by its name or URL; undefined: the one of this node. */
  readonly cluster?: string | undefined;
}

/** Where a command's words go. */
export interface Terminal {
  readonly isTty: boolean;
  readonly color: boolean;
  readonly width: number;
  /** A line on standard output. */
  out(line: string): void;
  /** A line on standard error. */
  err(line: string): void;
  /** Replaces the progress line on standard error where that is a terminal; else prints it when it changed. */
  progress(line: string): void;
  /** Asks a yes-or-no question; false where nobody can answer. */
  confirm(question: string): Promise<boolean>;
  /** Asks for a line of text; undefined where nobody can answer. */
  ask(question: string): Promise<string | undefined>;
}

/**
 * One command of the table. `run` imports what it needs when it is called, so that a command costs only what
 * it uses; it returns the exit code (0 when it returns nothing) and throws HavenError.
 */
export interface Command {
  /** The words that call it: ["vm", "add"]. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly args: readonly ArgumentSpec[];
  readonly options: OptionSpecs;
  readonly examples: readonly string[];
  /** Who may do it through the API. */
  readonly role: Role | "local";
  /** It asks no cluster: it is the same wherever it runs. */
  readonly anywhere?: boolean;
  run(call: CommandCall): Promise<number | undefined> | Promise<void>;
  /** The same through the API of a cluster, with the same output; where it is missing the command only runs on a node. */
  remote?(call: CommandCall, cluster: RemoteCluster): Promise<number | undefined> | Promise<void>;
}

interface CommandInput<O extends OptionSpecs> {
  readonly path: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly args?: readonly ArgumentSpec[];
  readonly options?: O;
  readonly examples?: readonly string[];
  readonly role: Command["role"];
  readonly anywhere?: boolean;
  run(call: CommandCall<O>): Promise<number | undefined> | Promise<void>;
  remote?(call: CommandCall<O>, cluster: RemoteCluster): Promise<number | undefined> | Promise<void>;
}

/** Makes a command whose `run` knows the types of its options. */
export function command<const O extends OptionSpecs = Record<never, never>>(input: CommandInput<O>): Command {
  const { remote, ...rest } = input;
  return {
    ...rest,
    args: input.args ?? [],
    options: input.options ?? {},
    examples: input.examples ?? [],
    // parseCommandLine fills every option of the command's own specification, so the narrower type holds.
    run: (call) => input.run(call as unknown as CommandCall<O>),
    ...(remote === undefined
      ? {}
      : { remote: (call, cluster) => remote(call as unknown as CommandCall<O>, cluster) }),
  };
}
