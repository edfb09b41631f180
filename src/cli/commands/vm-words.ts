import type { GlobalOptions, Terminal } from "../command.ts";

/** The argument of commands that take VMs. */
export const vmNames = {
  name: "NAME",
  help: "A VM's name, a pattern such as 'web*', or label=LABEL",
  many: true,
  complete: "vm",
} as const;

/** The argument of commands that take one VM. */
export const vmName = { name: "NAME", help: "A VM's name", complete: "vm" } as const;

export const dryRun = { kind: "flag", help: "Say what would happen, change nothing" } as const;
export const noWait = { kind: "flag", help: "Return as soon as the configuration is written" } as const;
export const force = {
  kind: "flag",
  short: "f",
  help: "Also where a VM that runs would be stopped or restarted by it, or another one moved",
} as const;

/** What a command did, as JSON or in a line. */
export interface Outcome {
  readonly names: readonly string[];
  readonly unchanged?: readonly string[];
  readonly plan?: readonly string[] | undefined;
  readonly pending?: readonly { readonly name: string; readonly pending: readonly string[] }[] | undefined;
  readonly committed: boolean;
  readonly effect: readonly string[];
}

/** Prints what a command did, or would do. */
export function report(
  terminal: Terminal,
  global: GlobalOptions,
  result: Outcome,
  words: { readonly done: string; readonly already?: string; readonly dryRun: boolean },
): void {
  if (global.json) {
    terminal.out(JSON.stringify(result));
    return;
  }
  if (words.dryRun) {
    terminal.out("Nothing is changed. What would happen:");
    for (const line of result.plan ?? []) terminal.out(`  ${line}`);
    const lines = result.effect.length === 0 ? ["nothing starts, stops or moves"] : result.effect;
    for (const line of lines) terminal.out(`  ${line}`);
    return;
  }
  for (const name of result.unchanged ?? []) terminal.out(`${name} ${words.already ?? "is so already"}`);
  if (result.names.length > 0) terminal.out(`${words.done}: ${result.names.join(", ")}`);
  reportPending(terminal, result);
}

/** Says where VMs run. */
export function reportRunning(
  terminal: Terminal,
  vms: readonly { readonly name: string; readonly nodes: readonly string[] }[],
): void {
  for (const vm of vms) terminal.out(`${vm.name} runs on ${vm.nodes.join(", ")}`);
}

/** Says what waits for the next start of VMs, and how to have it sooner. */
export function reportPending(terminal: Terminal, { pending = [] }: Pick<Outcome, "pending">): void {
  for (const vm of pending) {
    terminal.out(`${vm.name} runs on with what waits for its next start (haven vm restart ${vm.name}):`);
    for (const line of vm.pending) terminal.out(`  ${line}`);
  }
}

/** Asks for a VM's name where its disks are to be deleted; undefined where nobody can answer. */
export function askForName(terminal: Terminal, name: string): Promise<string | undefined> {
  return terminal.ask(`To delete the disks of ${name}, type its name`);
}

/** Says what became of the disks of VMs that were removed. */
export function reportDisks(
  terminal: Terminal,
  result: {
    readonly disks: readonly string[];
    readonly deleted: readonly string[];
    readonly left: readonly { readonly path: string; readonly why: string }[];
    readonly failed: readonly { readonly path: string; readonly why: string }[];
  },
): void {
  const { deleted, left, failed } = result;
  if (deleted.length > 0) terminal.out("Deleted:");
  for (const path of deleted) terminal.out(`  ${path}`);
  const told = new Set([...left, ...failed].map(({ path }) => path));
  const silent = result.disks.filter((path) => !told.has(path)).map((path) => ({ path, why: "" }));
  if (silent.length + left.length > 0) terminal.out("Their disks are left alone:");
  for (const { path, why } of [...silent, ...left]) terminal.out(`  ${path}${why === "" ? "" : ` ${why}`}`);
  for (const { path, why } of failed) terminal.err(`${path} ${why}`);
}
