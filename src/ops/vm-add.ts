import type { VmView } from "../contract/vm-view.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { Transition } from "../pacemaker/simulate.ts";
import { resourceId } from "../vm/names.ts";
import type { SpecText } from "../vm/read-spec.ts";
import { allWaitedFor } from "./all-waited-for.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { makingText } from "./making.ts";
import { type PlannedVm, planVms } from "./vm-plan.ts";
import { writeVms } from "./vm-write.ts";
import { list, waitForVms } from "./wait-vms.ts";
import { withMadeDisks } from "./with-made-disks.ts";

export interface VmAddOptions {
  /** The texts of the specification files, each of one or more documents. */
  readonly texts: readonly SpecText[];
  /** Add them, and do not start them. */
  readonly stopped?: boolean;
  /** Also where a VM that runs would be stopped or restarted. */
  readonly force?: boolean;
  /** Say what would happen, change nothing. */
  readonly dryRun?: boolean;
  /** Return as soon as the configuration is written. */
  readonly noWait?: boolean;
}

export interface VmAddResult {
  readonly names: readonly string[];
  readonly committed: boolean;
  /** What follows from the change, in words. */
  readonly effect: readonly string[];
  /** The VMs as they are now; empty where nothing was waited for. */
  readonly vms: readonly VmView[];
}

/**
 * Adds VMs to the cluster, all of them or none, as one change that is simulated first; makes the disks that they need,
 * and waits until they run. Being interrupted while waiting leaves them configured.
 *
 * @throws HavenError vm.invalid with all problems of all files, vm.declined, disk.undone, vm.failed when one does not
 * start, vm.interrupted
 */
export async function vmAdd(environment: Environment, options: VmAddOptions): Promise<VmAddResult> {
  environment.progress("Checking the specifications");
  const { pacemaker, signal } = environment;
  const cib = Cib.parse(await pacemaker.queryCib({ signal }));
  const { created, cores, makings } = await planVms(environment, cib, { texts: options.texts, mode: "add" });
  const names = created.map(({ name }) => name);
  environment.progress(`Simulating the cluster with ${list(names)}`);
  const madeFor = { makings, vms: created.map(({ resolved }) => resolved), done: "added" };
  const { committed, effect } = await withMadeDisks(environment, madeFor, (prepare) =>
    commitChange(
      environment,
      (editor) => writeVms(environment, editor, { created, cores, stopped: options.stopped === true }),
      {
        base: cib,
        question: `Add ${list(names)}?`,
        own: names.map(resourceId),
        ask: "always",
        dryRun: options.dryRun,
        guard: { force: options.force === true, mayStop: [] },
        prepare,
        notes: (transition) => [
          ...makings.map(makingText),
          ...(options.stopped === true ? [] : staysStopped(names, transition)),
          ...assumed(environment, created),
        ],
      },
    ),
  );
  if (!committed || options.noWait === true || !environment.isLive) {
    return { names, committed, effect, vms: [] };
  }
  const vms = options.stopped === true ? [] : await waitUntilRunning(environment, names);
  return { names, committed, effect, vms };
}

/** What could not be asked where there is only a file. */
export function assumed(environment: Environment, created: readonly PlannedVm[]): readonly string[] {
  const open = created.filter(
    ({ read: { spec } }) => spec.hypervisor === undefined || spec.hypervisor === "auto",
  );
  if (environment.isLive || open.length === 0) return [];
  return [`Taken as kvm, since there are no nodes to ask: ${list(open.map(({ name }) => name))}`];
}

/** Which of the VMs that are to run would not start. */
export function staysStopped(names: readonly string[], { actions }: Transition): readonly string[] {
  const starting = new Set(
    actions
      .filter(({ kind, blocked }) => kind === "start" && blocked !== true)
      .map(({ resource }) => resource),
  );
  return names
    .filter((name) => !starting.has(resourceId(name)))
    .map((name) => `${name} does not start now: no node can take it`);
}

/** Waits until VMs run. @throws HavenError vm.failed, vm.interrupted */
export async function waitUntilRunning(
  environment: Environment,
  names: readonly string[],
): Promise<readonly VmView[]> {
  const waited = await waitForVms(environment, {
    names,
    what: "to run",
    scope: "configuration",
    judge: (vm, _cluster, idle) => {
      if (vm.state === "running") return true;
      if (!idle && vm.state !== "blocked") return false;
      const why = vm.failures.length === 0 ? "no node can take it" : vm.failures.join("; ");
      return `does not run: ${why}`;
    },
    left: (left) =>
      `${list(left)} ${left.length === 1 ? "stays" : "stay"} configured, and the cluster goes on to start ${left.length === 1 ? "it" : "them"}`,
  });
  return allWaitedFor(waited, true);
}
