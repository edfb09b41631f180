import { HavenError, isHavenError } from "../base/errors.ts";
import { vmCannot } from "../contract/vm-can.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import { resourceId } from "../vm/names.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { meansSeveral, selectVms } from "./select-vms.ts";
import { waitUntilRunning } from "./vm-add.ts";
import type { VmChangeOptions, VmChangeResult } from "./vm-start.ts";
import { waitUntilStopped } from "./vm-stop.ts";
import { readVmCluster } from "./vm-views.ts";
import { list } from "./wait-vms.ts";

/**
 * Has the cluster stop VMs in good order, and start them again: all of them are stopped before the first one is
 * started. What waited for the next start takes effect. However it ends, the VMs are wanted running again.
 *
 * @throws HavenError vm.not-found, vm.refused (also when another VM would be stopped, unless `force` is set),
 * vm.declined, vm.failed, vm.interrupted
 */
export async function vmRestart(
  environment: Environment,
  options: Omit<VmChangeOptions, "noWait"> & { readonly force?: boolean },
): Promise<VmChangeResult> {
  const { vms } = await readVmCluster(environment);
  const chosen = selectVms(vms, options.names);
  for (const vm of chosen) {
    const why = vmCannot("restart", vm);
    if (why !== undefined) throw new HavenError("vm.refused", { name: vm.name, why });
  }
  const names = chosen.map(({ name }) => name);
  const own = names.map(resourceId);
  const { committed, effect } = await commitChange(
    environment,
    (editor) => {
      for (const id of own) editor.setNvpairs(id, "meta_attributes", { "target-role": "Stopped" });
    },
    {
      question: `Restart ${list(names)}?`,
      own,
      ask: options.names.some(meansSeveral) ? "always" : "others",
      dryRun: options.dryRun,
      guard: { force: options.force === true, mayStop: own },
      notes: () => [`Then ${list(names)} ${names.length === 1 ? "is" : "are"} started again`],
    },
  );
  const result = { names, unchanged: [], committed, effect, vms: [] };
  if (!committed) return result;
  try {
    if (environment.isLive) await waitUntilStopped(environment, names, "the cluster stops and starts");
  } finally {
    await startAgain(environment, own);
  }
  if (!environment.isLive) return result;
  return { ...result, vms: await waitUntilRunning(environment, names) };
}

/** Also after Ctrl-C, and when one of them did not stop: nobody asked for them to be down. */
async function startAgain(environment: Environment, own: readonly string[]): Promise<void> {
  const afterwards = environment.signal.aborted
    ? { ...environment, signal: AbortSignal.timeout(60_000) }
    : environment;
  try {
    await changeCib(
      afterwards,
      (editor) => {
        for (const id of own) {
          if (editor.cib.resource(id) === undefined) continue;
          editor.setNvpairs(id, "meta_attributes", { "target-role": undefined });
        }
      },
      { simulate: false, attempts: 20 },
    );
  } catch (error) {
    if (!isHavenError(error)) throw error;
    const what = `could not be marked to be started again: ${error.message}`;
    const names = own.map((id) => id.slice(3));
    throw new HavenError("vm.failed", {
      name: list(names),
      why: what,
      hint: `haven vm start ${names.join(" ")}`,
    });
  }
}
