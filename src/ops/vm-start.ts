import { HavenError } from "../base/errors.ts";
import { vmCannot } from "../contract/vm-can.ts";
import type { VmView } from "../contract/vm-view.ts";
import { resourceId } from "../vm/names.ts";
import { setRole } from "../vm/shed-mark.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { selectVms } from "./select-vms.ts";
import { waitUntilRunning } from "./vm-add.ts";
import { readVmCluster } from "./vm-views.ts";
import { list } from "./wait-vms.ts";

export interface VmChangeOptions {
  readonly names: readonly string[];
  readonly dryRun?: boolean;
  readonly noWait?: boolean;
}

export interface VmStartOptions extends VmChangeOptions {
  /** Also where another VM that runs would be stopped or restarted. */
  readonly force?: boolean;
}

export interface VmChangeResult {
  /** Those that were changed. */
  readonly names: readonly string[];
  /** Those that were as wished already. */
  readonly unchanged: readonly string[];
  readonly committed: boolean;
  readonly effect: readonly string[];
  /** As they are now; empty where nothing was waited for. */
  readonly vms: readonly VmView[];
}

/**
 * Starts VMs, and waits until they run. One that runs already is left as it is.
 *
 * @throws HavenError vm.not-found, vm.refused, vm.declined, vm.failed, vm.interrupted
 */
export async function vmStart(environment: Environment, options: VmStartOptions): Promise<VmChangeResult> {
  const { vms } = await readVmCluster(environment);
  const chosen = selectVms(vms, options.names);
  const running = chosen.filter((vm) => vm.wanted === "running" && vm.state === "running");
  const names = chosen.filter((vm) => !running.includes(vm)).map(({ name }) => name);
  for (const vm of chosen) {
    const why = running.includes(vm) ? undefined : vmCannot("start", vm);
    if (why !== undefined) throw new HavenError("vm.refused", { name: vm.name, why });
  }
  const { committed, effect } = await commitChange(
    environment,
    (editor) => {
      for (const name of names) {
        setRole(editor, resourceId(name), undefined);
      }
    },
    {
      question: `Start ${list(names)}?`,
      own: names.map(resourceId),
      ask: "others",
      dryRun: options.dryRun,
      guard: { force: options.force === true, mayStop: names.map(resourceId) },
    },
  );
  const waits = environment.isLive && options.dryRun !== true && options.noWait !== true && names.length > 0;
  return {
    names,
    unchanged: running.map(({ name }) => name),
    committed,
    effect,
    vms: waits ? await waitUntilRunning(environment, names) : [],
  };
}
