import { existsSync } from "node:fs";
import { livingProcess, type ProcessIdentity } from "./process.ts";
import type { LabNode } from "./settings.ts";

/** Process 1 of a node as the host sees it; undefined when the node has no power. */
export function nodeProcess(node: LabNode): ProcessIdentity | undefined {
  return livingProcess(`${node.dir}/pid`);
}

/** Whether a node has power. */
export function isNodeOn(node: LabNode): boolean {
  return nodeProcess(node) !== undefined;
}

/** Whether a node's power is on: also when it has ended by itself, as by reboot(2). */
export function hasPower(node: LabNode): boolean {
  return existsSync(`${node.dir}/pid`);
}
