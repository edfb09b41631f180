import { HavenError } from "../base/errors.ts";
import { vmCannot } from "../contract/vm-can.ts";
import type { Environment } from "./environment.ts";
import { selectVms } from "./select-vms.ts";
import { unblockVm } from "./unblock-vm.ts";
import { readVmCluster } from "./vm-views.ts";

export interface VmCleanupResult {
  readonly cleaned: readonly string[];
  /** VMs that could not be freed, with the reason to be read after the name. */
  readonly left: readonly { readonly name: string; readonly why: string }[];
}

/**
 * Forgets the failures of VMs, so that Pacemaker tries again. One that a failed migration left blocked is given
 * back without touching its guest, and only if it runs exactly once.
 *
 * @throws HavenError vm.not-found, vm.refused
 */
export async function vmCleanup(
  environment: Environment,
  options: { readonly names: readonly string[] },
): Promise<VmCleanupResult> {
  const { vms, status } = await readVmCluster(environment);
  const chosen = selectVms(vms, options.names);
  for (const vm of chosen) {
    const why = vmCannot("cleanup", vm);
    if (why !== undefined) throw new HavenError("vm.refused", { name: vm.name, why });
  }
  const cleaned: string[] = [];
  const left: { name: string; why: string }[] = [];
  for (const vm of chosen) {
    environment.progress(`Cleaning up ${vm.name}`);
    const migration = status.failures.some(
      (failure) => failure.resource === vm.resource && failure.operation === "migrate_to",
    );
    if (vm.state === "blocked" && migration) {
      const online = status.nodes.filter((node) => node.online).map((node) => node.name);
      const result = await unblockVm(environment, vm, online);
      if (!result.done) {
        left.push({ name: vm.name, why: result.why });
        continue;
      }
    } else {
      await environment.pacemaker.cleanup(vm.resource, { signal: environment.signal });
    }
    cleaned.push(vm.name);
  }
  return { cleaned, left };
}
