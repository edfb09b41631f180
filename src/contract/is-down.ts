import type { PlannedVm } from "./plan-report.ts";

/** Whether a VM would not run: there is no place for it, or it waits for what cannot be done. */
export function isDown({ outcome }: Pick<PlannedVm, "outcome">): boolean {
  return outcome === "down" || outcome === "waiting";
}
