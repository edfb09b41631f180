import { HavenError } from "../base/errors.ts";
import { attach, type ExecOptions, type ExecResult, exec, execFailed } from "../base/exec.ts";
import type { NodeAccess, WriteFileOptions } from "../host/node-access.ts";
import { nodeProcess } from "./node-process.ts";
import type { LabNode } from "./settings.ts";

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Reaches a lab node by entering its namespaces. Every call finds the node's process anew, so that it works
 * again after a power cycle.
 */
export class LabNodeAccess implements NodeAccess {
  readonly name: string;

  constructor(private readonly node: LabNode) {
    this.name = node.name;
  }

  /** @throws HavenError lab.node-off, besides what `exec` of base throws */
  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const { env, cwd, ...rest } = options;
    return await exec(this.enter(argv, env, cwd), rest);
  }

  /** Runs a program there that must succeed, and returns its standard output. */
  async run(argv: readonly string[], options: ExecOptions = {}): Promise<string> {
    const result = await this.exec(argv, options);
    if (result.code !== 0) throw execFailed([`${this.name}:`, ...argv], result);
    return result.stdout;
  }

  /** Runs a program there on the caller's terminal; returns its exit code. */
  async attach(argv: readonly string[]): Promise<number> {
    return await attach(this.enter(argv, { TERM: process.env.TERM }, undefined));
  }

  async readFile(file: string): Promise<string | undefined> {
    const result = await this.exec([
      "sh",
      "-c",
      'if [ -e "$1" ]; then exec cat -- "$1"; else exit 44; fi',
      "sh",
      file,
    ]);
    if (result.code === 44) return undefined;
    if (result.code !== 0) throw execFailed([`${this.name}:`, "cat", file], result);
    return result.stdout;
  }

  async writeFile(file: string, content: string | Uint8Array, options: WriteFileOptions = {}): Promise<void> {
    const script =
      'set -e; umask 077; mkdir -p -m 755 -- "$(dirname -- "$1")"; cat > "$1.haven-new"; chown -- "$3" "$1.haven-new"; ' +
      'chmod -- "$2" "$1.haven-new"; mv -f -- "$1.haven-new" "$1"';
    const mode = (options.mode ?? 0o644).toString(8);
    await this.run(["sh", "-c", script, "sh", file, mode, options.owner ?? "root:root"], { input: content });
  }

  /**
   * The words that run a program there. nsenter forks into the process namespace, so killing it would leave the
   * program behind: the program is told to die with its parent.
   */
  enter(argv: readonly string[], env: ExecOptions["env"] = {}, cwd?: string): readonly string[] {
    const identity = nodeProcess(this.node);
    if (identity === undefined) throw new HavenError("lab.node-off", { name: this.name });
    const variables = Object.entries({ PATH: path, HOME: "/root", LC_ALL: "C.UTF-8", ...env })
      .filter((pair): pair is [string, string] => pair[1] !== undefined)
      .map(([name, value]) => `${name}=${value}`);
    const enter = [
      "nsenter",
      `--target=${identity.pid}`,
      "-m",
      "-n",
      "-i",
      "-u",
      "-p",
      "-C",
      "-r",
      "-w",
      "--",
    ];
    const there = cwd === undefined ? [] : [`--chdir=${cwd}`];
    return [...enter, "env", "-i", ...there, ...variables, "setpriv", "--pdeathsig", "KILL", ...argv];
  }
}
