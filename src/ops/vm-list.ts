import { naturalOrder } from "../base/natural-order.ts";
import type { VmView } from "../contract/vm-view.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import { movesInCib } from "../vm/move-constraint.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import type { Environment } from "./environment.ts";
import { selectVms } from "./select-vms.ts";
import { readVmCluster, vmViews } from "./vm-views.ts";

/** The cluster's VMs, or those that names and patterns choose. @throws HavenError vm.not-found, pacemaker.* */
export async function vmList(
  environment: Environment,
  options: { readonly names?: readonly string[] } = {},
): Promise<readonly VmView[]> {
  const { vms } = await readVmCluster(environment, { scope: "configuration" });
  return chooseVms(vms, options.names);
}

/** All VMs of a cluster whose configuration and status are known. @param now Milliseconds since 1970 */
export function vmListOf(cib: Cib, status: ClusterStatus, now: number): readonly VmView[] {
  return chooseVms(vmViews(vmsInCib(cib), movesInCib(cib), status, now));
}

/** Those that names and patterns choose, or all, in the order of their names. @throws HavenError vm.not-found */
export function chooseVms(vms: readonly VmView[], names: readonly string[] = []): readonly VmView[] {
  const chosen = names.length === 0 ? vms : selectVms(vms, names);
  return chosen.toSorted((a, b) => naturalOrder(a.name, b.name));
}
