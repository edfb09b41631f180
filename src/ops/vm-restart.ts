import { HavenError } from "../base/errors.ts";
import { vmCannot } from "../contract/vm-can.ts";
import type { VmView } from "../contract/vm-view.ts";
import type { Cib } from "../pacemaker/cib.ts";
import { restartDigests } from "../pacemaker/restart-digests.ts";
import type { Transition } from "../pacemaker/simulate.ts";
import { resourceId } from "../vm/names.ts";
import { restartParameter } from "../vm/restart-parameter.ts";
import { allWaitedFor } from "./all-waited-for.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { meansSeveral, selectVms } from "./select-vms.ts";
import type { VmChangeOptions, VmChangeResult } from "./vm-start.ts";
import { readVmCluster } from "./vm-views.ts";
import { list, waitForVms } from "./wait-vms.ts";

/**
 * Has the cluster stop VMs in good order, and start them again. What waited for the next start takes effect. It is one
 * change of the configuration, of a parameter that Pacemaker can only change by a restart: whoever asked for it may be
 * killed at any moment, and no VM stays stopped by that.
 *
 * @throws HavenError vm.not-found, vm.refused (also when another VM would be stopped, or one of them could not be started
 * again, unless `force` is set), vm.declined, vm.failed, vm.interrupted
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
  const force = options.force === true;
  const word = new Date(environment.clock.now()).toISOString();
  let before: Cib | undefined;
  const { committed, effect } = await commitChange(
    environment,
    (editor) => {
      before = editor.base;
      for (const id of own) editor.setNvpairs(id, "instance_attributes", { [restartParameter]: word });
    },
    {
      question: `Restart ${list(names)}?`,
      own,
      ask: options.names.some(meansSeveral) ? "always" : "others",
      dryRun: options.dryRun,
      guard: { force, mayStop: own },
      check: (transition) => checkRestarts(names, transition, force),
    },
  );
  const result = { names, unchanged: [], committed, effect, vms: [] };
  if (!committed || !environment.isLive || before === undefined) return result;
  return { ...result, vms: await waitUntilRestarted(environment, names, before) };
}

/** Whether all of them are stopped and started again. @throws HavenError vm.refused */
function checkRestarts(names: readonly string[], { actions }: Transition, force: boolean): void {
  for (const name of names) {
    const own = actions.filter(({ resource }) => resource === resourceId(name));
    if (own.some(({ kind }) => kind === "restart" || kind === "move" || kind === "recover")) continue;
    if (own.some(({ kind }) => kind === "stop")) {
      if (force) continue;
      const hint = `See where it could run: haven vm show ${name}; or, to do it all the same: --force`;
      throw new HavenError("vm.refused", { name, why: "would be stopped, and no node could start it", hint });
    }
    // Pacemaker only reloads a parameter that the agent did not know when the VM was started.
    throw new HavenError("vm.refused", {
      name,
      why: "cannot be restarted in one change: an agent of an older version has started it",
      hint: `haven vm stop ${name}, and haven vm start ${name}; or move it once: haven vm move ${name}`,
    });
  }
}

/** Waits until VMs run that were started since. @throws HavenError vm.failed, vm.interrupted */
async function waitUntilRestarted(
  environment: Environment,
  names: readonly string[],
  before: Cib,
): Promise<readonly VmView[]> {
  const old = new Map(names.map((name) => [resourceId(name), restartDigests(before, resourceId(name))]));
  const isAnew = (now: Cib, resource: string): boolean =>
    [...restartDigests(now, resource)].some((digest) => old.get(resource)?.has(digest) !== true);
  const waited = await waitForVms(environment, {
    names,
    what: "to be restarted",
    judge: ({ state, resource, failures }, { cib }, idle) => {
      if (state === "running" && (idle || isAnew(cib, resource))) return true;
      if (!idle && state !== "blocked") return false;
      return `does not run again: ${failures.length === 0 ? `it is ${state}` : failures.join("; ")}`;
    },
    left: (left) => `the cluster goes on to restart ${list(left)}`,
  });
  return allWaitedFor(waited, true);
}
