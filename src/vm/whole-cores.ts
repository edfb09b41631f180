import type { VmSpec } from "../contract/vm-spec.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";

/**
 * The utilization attribute that keeps VMs without overcommit from sharing cores: each such VM takes as many as it
 * has CPUs, and a node has as many as it really has. Pacemaker takes utilization for a hard limit, and a node
 * without the attribute for one that has none.
 */
export const coresAttribute = "cores";

/** How many cores of its own a VM takes: a guest with one CPU waits for nobody when the host is busy. */
export function coresOf({ cpu }: Pick<VmSpec, "cpu">): number | undefined {
  return cpu?.overcommit === false && cpu.count > 1 ? cpu.count : undefined;
}

/** Says how many cores nodes have, where that is not said yet: an administrator may have kept some back. */
export function giveCores(editor: CibEditor, cores: ReadonlyMap<string, number>): void {
  for (const { name, utilization } of editor.cib.nodes) {
    const count = cores.get(name);
    if (count === undefined || utilization.has(coresAttribute)) continue;
    editor.setNodeUtilization(name, { [coresAttribute]: count });
  }
}
