import type { ResourceStatus } from "../pacemaker/status.ts";
import type { Environment } from "./environment.ts";
import { isVm, shortName } from "./status-resource.ts";
import { list } from "./wait-vms.ts";

const intervalMs = 500;

/**
 * Resolves when no VM of the cluster migrates. A change after which Pacemaker would choose another node for a VM that is
 * on its way (a node in standby that is opened again, one that is closed) has it *restarted* there once its migration is
 * over: "Forcing recovery because it can no longer migrate" (seen with Pacemaker 3.0). Its simulation does not show that.
 */
export async function waitForMigrations({ pacemaker, clock, signal, progress }: Environment): Promise<void> {
  for (;;) {
    const { resources } = await pacemaker.status({
      ...{ signal, attributes: false, fenceHistory: "none", bans: false, failCounts: false },
    });
    const moving = resources.filter(isMigrating);
    if (moving.length === 0) return;
    progress(`Waiting for migrations under way: ${list(moving.map(({ id }) => shortName(id)))}`);
    await clock.sleep(intervalMs, signal);
  }
}

function isMigrating(resource: ResourceStatus): boolean {
  if (resource.blocked || !resource.managed) return false;
  if (resource.pending === "Migrating" || resource.role === "Migrating") return true;
  return isVm(resource) && resource.nodes.length > 1;
}
