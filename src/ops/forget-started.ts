import { changeCib } from "../pacemaker/change-cib.ts";
import { shedMark } from "../vm/shed-mark.ts";
import { type VmEntry, vmsInCib } from "../vm/vms-in-cib.ts";
import type { Environment } from "./environment.ts";

/** VMs that were shut down for want of power, and that somebody has started since by other means than Haven. */
export function startedSince(entries: readonly VmEntry[]): readonly VmEntry[] {
  return entries.filter(({ shed, targetRole }) => shed !== undefined && targetRole !== "Stopped");
}

/** Has the cluster forget that those were shut down: should they be stopped again, it is meant. */
export async function forgetStarted(environment: Environment): Promise<void> {
  await changeCib(
    environment,
    (editor) => {
      for (const { resource } of startedSince(vmsInCib(editor.cib)))
        editor.setNvpairs(resource, "meta_attributes", { [shedMark]: undefined });
    },
    { simulate: false },
  );
}
