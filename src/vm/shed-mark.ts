import type { ShedBy } from "../contract/power-state.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import type { VmEntry } from "./vms-in-cib.ts";

/**
 * The meta attribute that a VM has beside `target-role=Stopped` where it was shut down for want of power: it is to run
 * again. It stands with the VM, so that whatever starts, stops, renames or removes the VM meanwhile has it at hand.
 */
export const shedMark = "haven-shed";

/** VMs that were shut down for want of power and still are; who was started by somebody meanwhile is none of them. */
export function shedVms(entries: readonly VmEntry[]): readonly (VmEntry & { readonly shed: ShedBy })[] {
  return entries.flatMap((entry) =>
    entry.shed === undefined || entry.targetRole !== "Stopped" ? [] : [{ ...entry, shed: entry.shed }],
  );
}

/** Shuts a VM down until the power is back. */
export function shed(editor: CibEditor, resource: string, by: ShedBy): void {
  editor.setNvpairs(resource, "meta_attributes", { "target-role": "Stopped", [shedMark]: by });
}

/** Has a VM run, or be stopped as a person wishes: it does not wait for power any more. */
export function setRole(editor: CibEditor, resource: string, role: "Stopped" | undefined): void {
  editor.setNvpairs(resource, "meta_attributes", { "target-role": role, [shedMark]: undefined });
}
