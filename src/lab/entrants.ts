import { nodeProcesses } from "./node-processes.ts";
import { type ProcessIdentity, processIdentity, readIfThere, statFields } from "./process.ts";
import type { LabNode } from "./settings.ts";

/**
 * The processes of the host by which programs on a node were started: each waits for its program there. nsenter stops
 * itself when its program is stopped, and then reaps nobody: a node that was frozen would not die, since process 1 of its
 * namespace goes last (continue_as_child of util-linux).
 */
export function entrants(node: LabNode): readonly ProcessIdentity[] {
  const processes = nodeProcesses(node);
  const own = new Set(processes.map(({ pid }) => pid));
  const parents = new Set(processes.map(({ pid }) => Number(statFields(pid)?.[1])));
  return [...parents].flatMap((pid) => {
    if (own.has(pid) || (readIfThere(`/proc/${pid}/comm`) ?? "").trim() !== "nsenter") return [];
    const identity = processIdentity(pid);
    return identity === undefined ? [] : [identity];
  });
}
