import { HavenError } from "../base/errors.ts";
import type { VmView } from "../contract/vm-view.ts";
import { shed } from "../vm/shed-mark.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { tellPower, whyNotNow } from "./power-world.ts";
import { keptLines, type ShedPlan, shedPlan } from "./shed-plan.ts";
import { waitUntilStopped } from "./vm-stop.ts";
import { readVmCluster } from "./vm-views.ts";
import { list } from "./wait-vms.ts";

export interface PowerShedOptions {
  /** VMs of a lower priority; undefined: all. */
  readonly below?: number | undefined;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly noWait?: boolean;
}

export interface PowerShedResult {
  /** Those that are shut down. */
  readonly names: readonly string[];
  readonly kept: ShedPlan["kept"];
  readonly committed: boolean;
  readonly effect: readonly string[];
  /** As they are now; empty where nothing was waited for. */
  readonly vms: readonly VmView[];
}

/**
 * Shuts down VMs of low priority because a person says so, as one change, and remembers which: `haven power restore`
 * starts these again, and no other.
 *
 * @throws HavenError cluster.refused in maintenance or without quorum, vm.refused, vm.declined, vm.failed
 */
export async function powerShed(
  environment: Environment,
  options: PowerShedOptions,
): Promise<PowerShedResult> {
  const { below, dryRun } = options;
  const { cib } = await readVmCluster(environment);
  const problem = whyNotNow(cib);
  if (problem !== undefined) {
    throw new HavenError("cluster.refused", { what: "VMs would not be shut down now", problems: [problem] });
  }
  const { vms, kept } = shedPlan(cib, below);
  const own = vms.map(({ resource }) => resource);
  const which = below === undefined ? "" : ` of a priority below ${below}`;
  const { committed, effect } = await commitChange(
    environment,
    (editor) => {
      const ours = new Set(own);
      for (const { resource, targetRole } of vmsInCib(editor.cib)) {
        if (ours.has(resource) && targetRole !== "Stopped") shed(editor, resource, "person");
      }
    },
    {
      question: `Shut down ${vms.length} VMs${which} until haven power restore?`,
      own,
      ask: "always",
      dryRun,
      notes: () => keptLines(kept),
      guard: { force: options.force === true, mayStop: own },
    },
  );
  const names = vms.map(({ name }) => name);
  if (committed) tellShed(environment, names, `by hand${which}`);
  const waits = environment.isLive && committed && options.noWait !== true;
  return { names, kept, committed, effect, vms: waits ? await waitUntilStopped(environment, names) : [] };
}

/** Tells which VMs are shut down. @param why Read after "VMs are shut down" */
export function tellShed(environment: Environment, names: readonly string[], why: string): void {
  const what = names.length === 1 ? "1 VM is" : `${names.length} VMs are`;
  const text =
    names.length === 0 ? `No VM is left to be shut down ${why}` : `${what} shut down ${why}: ${list(names)}`;
  tellPower(environment, { kind: "power.shed", text, data: { vms: names.slice(0, 200) } });
}
