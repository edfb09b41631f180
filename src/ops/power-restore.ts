import type { VmView } from "../contract/vm-view.ts";
import { afterAction, powerOutlook } from "../plan/power-steps.ts";
import { writePowerState } from "../vm/power-in-cib.ts";
import { setRole, shedVms } from "../vm/shed-mark.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { powerWorld, tellPower } from "./power-world.ts";
import { waitUntilRunning } from "./vm-add.ts";
import { readVmCluster } from "./vm-views.ts";
import { list } from "./wait-vms.ts";

export interface PowerRestoreOptions {
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly noWait?: boolean;
}

export interface PowerRestoreResult {
  /** Those that are started again. */
  readonly names: readonly string[];
  readonly committed: boolean;
  readonly effect: readonly string[];
  /** As they are now; empty where nothing was waited for. */
  readonly vms: readonly VmView[];
}

/**
 * Starts the VMs again that were shut down for want of power, by the UPS or by a person's word, and no other. While the
 * power has failed, the steps that were carried out are not carried out again.
 *
 * @throws HavenError vm.refused, vm.declined, vm.failed, ups.state, settings.invalid
 */
export async function powerRestore(
  environment: Environment,
  options: PowerRestoreOptions,
): Promise<PowerRestoreResult> {
  const { entries } = await readVmCluster(environment);
  const vms = shedVms(entries);
  const own = vms.map(({ resource }) => resource);
  const { committed, effect } = await commitChange(
    environment,
    async (editor) => {
      const ours = new Set(own);
      for (const { resource } of shedVms(vmsInCib(editor.cib))) {
        if (ours.has(resource)) setRole(editor, resource, undefined);
      }
      const { state, settings } = await powerWorld(editor.cib);
      const { failedSince } = powerOutlook(state, settings, environment.clock.now());
      if (failedSince === undefined) writePowerState(editor, afterAction(state, { kind: "restore" }));
    },
    {
      question: `Start ${vms.length} VMs that were shut down for want of power?`,
      own,
      ask: "always",
      dryRun: options.dryRun,
      guard: { force: options.force === true, mayStop: own },
    },
  );
  const names = vms.map(({ name }) => name);
  if (committed) tellRestored(environment, names, "by hand");
  const waits = environment.isLive && committed && options.noWait !== true && names.length > 0;
  return { names, committed, effect, vms: waits ? await waitUntilRunning(environment, names) : [] };
}

/** Tells which VMs are started again. @param why Read after "VMs start again" */
export function tellRestored(environment: Environment, names: readonly string[], why: string): void {
  const what = names.length === 1 ? "1 VM starts" : `${names.length} VMs start`;
  const text =
    names.length === 0 ? `No VM waits for power any more (${why})` : `${what} again ${why}: ${list(names)}`;
  tellPower(environment, { kind: "power.restored", text, data: { vms: names.slice(0, 200) } });
}
