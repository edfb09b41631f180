import { type ExecOptions, execFailed } from "../base/exec.ts";
import type { NodeAccess } from "./node-access.ts";

/**
 * Runs a program on a node that must succeed, and returns its standard output.
 *
 * @throws HavenError exec.failed, besides what the access throws
 */
export async function runThere(
  node: NodeAccess,
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<string> {
  const result = await node.exec(argv, options);
  if (result.code !== 0) throw execFailed([`${node.name}:`, ...argv], result);
  return result.stdout;
}
