import { naturalOrder } from "../base/natural-order.ts";
import type { VmView } from "../contract/vm-view.ts";
import type { Environment } from "./environment.ts";
import { selectVms } from "./select-vms.ts";
import { readVmCluster } from "./vm-views.ts";

/** The cluster's VMs, or those that names and patterns choose. @throws HavenError vm.not-found, pacemaker.* */
export async function vmList(
  environment: Environment,
  options: { readonly names?: readonly string[] } = {},
): Promise<readonly VmView[]> {
  const { vms } = await readVmCluster(environment, { scope: "configuration" });
  const chosen =
    options.names === undefined || options.names.length === 0 ? vms : selectVms(vms, options.names);
  return chosen.toSorted((a, b) => naturalOrder(a.name, b.name));
}
