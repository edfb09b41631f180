import { HavenError } from "../base/errors.ts";
import { vmCannot } from "../contract/vm-can.ts";
import { resourceId } from "../vm/names.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { selectVms } from "./select-vms.ts";
import type { VmChangeOptions, VmChangeResult } from "./vm-start.ts";
import { readVmCluster } from "./vm-views.ts";
import { list } from "./wait-vms.ts";

/**
 * Has Pacemaker leave VMs alone (`managed: false`): they run on, and are neither watched over nor moved; or takes
 * them back. Those that are so already are left as they are.
 *
 * @throws HavenError vm.not-found, vm.refused, vm.declined
 */
export async function vmManage(
  environment: Environment,
  options: VmChangeOptions & { readonly managed: boolean; readonly force?: boolean },
): Promise<VmChangeResult> {
  const { managed } = options;
  const { vms } = await readVmCluster(environment);
  const chosen = selectVms(vms, options.names);
  const unchanged = chosen.filter((vm) => vm.managed === managed);
  const changing = chosen.filter((vm) => vm.managed !== managed);
  for (const vm of changing) {
    const why = vmCannot(managed ? "manage" : "unmanage", vm);
    if (why !== undefined) throw new HavenError("vm.refused", { name: vm.name, why });
  }
  const names = changing.map(({ name }) => name);
  const { committed, effect } = await commitChange(
    environment,
    (editor) => {
      for (const name of names) {
        const value = managed ? undefined : false;
        editor.setNvpairs(resourceId(name), "meta_attributes", { "is-managed": value });
      }
    },
    {
      question: `${managed ? "Manage" : "Stop managing"} ${list(names)}?`,
      own: names.map(resourceId),
      ask: "others",
      dryRun: options.dryRun,
      // What happens to a VM that is taken back is what was asked for.
      guard: { force: options.force === true, mayStop: names.map(resourceId) },
    },
  );
  return { names, unchanged: unchanged.map(({ name }) => name), committed, effect, vms: [] };
}
