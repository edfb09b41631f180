import { isHavenError } from "../base/errors.ts";
import type { ExecOptions, ExecResult } from "../base/exec.ts";
import type { NodeAccess } from "./node-access.ts";

/** Runs a program on a node; undefined where there is none of that name, which elsewhere shows as an exit code. */
export async function tryThere(
  node: NodeAccess,
  argv: readonly string[],
  options?: ExecOptions,
): Promise<ExecResult | undefined> {
  try {
    return await node.exec(argv, options);
  } catch (error) {
    if (isHavenError(error, "exec.missing")) return undefined;
    throw error;
  }
}

/** Standard output of a program that succeeded; undefined when it failed or is not there. */
export async function outputThere(
  node: NodeAccess,
  argv: readonly string[],
  options?: ExecOptions,
): Promise<string | undefined> {
  const result = await tryThere(node, argv, options);
  return result?.code === 0 ? result.stdout : undefined;
}

/** Whether a program is there and succeeds. */
export async function succeedsThere(
  node: NodeAccess,
  argv: readonly string[],
  options?: ExecOptions,
): Promise<boolean> {
  return (await outputThere(node, argv, options)) !== undefined;
}
