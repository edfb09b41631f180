import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { LabNode } from "./settings.ts";

const root = "/sys/fs/cgroup";

/** The control groups that boot.sh made for a node: one below each tree of version 1, or one of version 2. */
function controlGroups(node: Pick<LabNode, "dir" | "name">): readonly string[] {
  // DIR/nodes/NAME
  const lab = basename(dirname(dirname(node.dir)));
  const group = `haven-lab-${lab}-${node.name}`;
  const trees = existsSync(root) ? readdirSync(root) : [];
  return [`${root}/${group}`, ...trees.map((tree) => `${root}/${tree}/${group}`)].filter(existsSync);
}

/** Removes a dead node's control groups, with those that its libvirt made. One that is in use stays. */
export function removeControlGroups(node: Pick<LabNode, "dir" | "name">): void {
  for (const path of controlGroups(node)) removeTree(path);
}

/** Only folders can be removed here, and only from the innermost outwards: their files go with them. */
function removeTree(path: string): void {
  try {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) removeTree(`${path}/${entry.name}`);
    }
    rmdirSync(path);
  } catch (error) {
    // A tree may have two names, so that it is gone already.
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "EBUSY" && code !== "ENOENT") throw error;
  }
}
