import type { ExecOptions, ExecResult } from "../base/exec.ts";

/**
 * How Haven reaches a node to set it up: the lab enters its namespaces, real servers are reached over SSH.
 * Everything cluster set-up does goes through these few calls, as root on that node.
 */
export interface NodeAccess {
  /** The node's name, as `uname -n` gives it there. */
  readonly name: string;
  /** Runs a program there, no shell; answers like `exec` of base. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** The file's text, undefined when there is none. */
  readFile(path: string): Promise<string | undefined>;
  /** Writes a file whole (a new file renamed over the old one), making its folders. */
  writeFile(path: string, content: string | Uint8Array, options?: WriteFileOptions): Promise<void>;
}

export interface WriteFileOptions {
  /** Permission bits, default 0o644. */
  readonly mode?: number;
  /** "user:group", default root:root. */
  readonly owner?: string;
}
