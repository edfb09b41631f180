import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { listNumbers } from "../agents/proc.ts";

const watching: ReadonlySet<string> = new Set(["monitor", "status", "meta-data", "validate-all"]);

/**
 * Whether Haven's agent is doing something about a resource on this node, besides watching it: an executor's process
 * `…/Domain ACTION` with the resource in its environment. It is known here before Pacemaker's status says so.
 *
 * @param resource The resource's id
 * @returns true also where the process table cannot be read
 */
export function agentAtWork(resource: string, root = "/proc"): boolean {
  try {
    return listNumbers(root).some((pid) => isAtWork(`${root}/${pid}`, resource));
  } catch {
    return true;
  }
}

function isAtWork(folder: string, resource: string): boolean {
  const words = wordsOf(`${folder}/cmdline`);
  // `Domain start`; its helpers (`Domain watch-migration`) count as well.
  if (basename(words[0] ?? "") !== "Domain" || watching.has(words[1] ?? "")) return false;
  return wordsOf(`${folder}/environ`).includes(`OCF_RESOURCE_INSTANCE=${resource}`);
}

function wordsOf(path: string): readonly string[] {
  try {
    return readFileSync(path, "latin1").split("\0");
  } catch {
    // It has ended in the meantime.
    return [];
  }
}
