import { HavenError } from "../base/errors.ts";
import { type SpecChange, specChangeText } from "../contract/spec-change.ts";
import { vmCannot } from "../contract/vm-can.ts";
import type { VmView } from "../contract/vm-view.ts";
import { restoreDefinition, type VmDefinition } from "../history/definition.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { resourceId } from "../vm/names.ts";
import type { SpecText } from "../vm/read-spec.ts";
import { settingsInCib } from "../vm/settings-in-cib.ts";
import { setRole } from "../vm/shed-mark.ts";
import { specChanges } from "../vm/spec-changes.ts";
import { type CommitOptions, commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { makingText } from "./making.ts";
import { type PendingVm, stillPending } from "./still-pending.ts";
import { assumed, staysStopped, waitUntilRunning } from "./vm-add.ts";
import { vmDiffNames } from "./vm-diff.ts";
import { type PlannedVm, planVms, type VmPlan } from "./vm-plan.ts";
import { diskPaths, forgetFailures, stillNamed } from "./vm-remove.ts";
import { waitUntilStopped } from "./vm-stop.ts";
import { readVmCluster, type VmCluster } from "./vm-views.ts";
import { writeVms } from "./vm-write.ts";
import { list } from "./wait-vms.ts";
import { withMadeDisks } from "./with-made-disks.ts";

export interface VmApplyOptions {
  /** The texts of the specification files, each of one or more documents. */
  readonly texts: readonly SpecText[];
  /** Remove the VMs that the files do not name, so that the cluster is what the files say. */
  readonly prune?: boolean;
  /** Also where a VM that runs would be stopped or restarted. */
  readonly force?: boolean;
  /** New VMs are not started. */
  readonly stopped?: boolean;
  readonly dryRun?: boolean;
  readonly noWait?: boolean;
}

export interface ChangedVm {
  readonly name: string;
  readonly changes: readonly SpecChange[];
  /** In what its domain changes beside its specification, in words. */
  readonly domain?: readonly string[];
}

export interface VmApplyResult {
  /** All that were added, changed or removed. */
  readonly names: readonly string[];
  readonly created: readonly string[];
  readonly changed: readonly ChangedVm[];
  readonly removed: readonly string[];
  readonly unchanged: readonly string[];
  /** What is done to the configuration, in words. */
  readonly plan: readonly string[];
  readonly committed: boolean;
  /** What follows from it, in words. */
  readonly effect: readonly string[];
  /** What of it waits for the next start of a VM that runs; empty where nothing was waited for. */
  readonly pending: readonly PendingVm[];
  /** The new VMs as they are now; empty where nothing was waited for. */
  readonly vms: readonly VmView[];
}

/**
 * Makes the cluster have the VMs that specifications say: adds what is new, changes what differs, and removes what
 * no file names where `prune` is set. One question, one simulation, one patch; VMs that are to be removed and run
 * are stopped by it, waited for, and taken out then. Being interrupted while waiting leaves them configured.
 *
 * @throws HavenError vm.invalid with all problems of all files, vm.refused when a VM that runs would be stopped or
 * restarted, vm.declined, vm.failed, vm.interrupted
 */
export async function vmApply(environment: Environment, options: VmApplyOptions): Promise<VmApplyResult> {
  environment.progress("Comparing the specifications with the cluster");
  const cluster = await readVmCluster(environment);
  const gone = options.prune === true ? await notNamed(cluster, options.texts) : [];
  for (const vm of gone) {
    const why = vmCannot("remove", vm);
    if (why !== undefined) throw new HavenError("vm.refused", { name: vm.name, why });
  }
  // What has to be stopped first has its disks and addresses until then.
  const still = gone.filter(({ state, nodes }) => state === "stopped" && nodes.length === 0);
  const stopping = gone.filter((vm) => !still.includes(vm));
  const plan = await planVms(environment, cluster.cib, {
    texts: options.texts,
    mode: "apply",
    removed: new Set(still.map(({ name }) => name)),
  });
  return await commitPlan(environment, cluster, plan, { ...options, still, stopping });
}

/** VMs that no specification names. One that has none cannot be written down as one, and is left alone. */
async function notNamed(cluster: VmCluster, texts: readonly SpecText[]): Promise<readonly VmView[]> {
  const { readSpecs } = await import("../vm/read-spec.ts");
  const { specs } = await readSpecs(texts, await settingsInCib(cluster.cib));
  const named = new Set(specs.map(({ spec }) => spec.name));
  const described = new Set(cluster.entries.filter(({ spec }) => spec !== undefined).map(({ name }) => name));
  return cluster.vms.filter(({ name }) => described.has(name) && !named.has(name));
}

interface CommitPlanOptions extends Omit<VmApplyOptions, "texts" | "prune"> {
  /** To be removed, stopped already. */
  readonly still?: readonly VmView[];
  /** To be removed once they are stopped. */
  readonly stopping?: readonly VmView[];
  /** Asked instead of what the plan gives. */
  readonly question?: string;
  /** Definitions that VMs get to the letter, with what of them their specifications do not say. */
  readonly restored?: ReadonlyMap<string, RestoredVm>;
}

/** A VM that gets a definition of before. */
export interface RestoredVm {
  readonly definition: VmDefinition;
  readonly changes: readonly SpecChange[];
  readonly domain: readonly string[];
}

/** Writes a plan, and sees it through. See `vmApply`. */
export async function commitPlan(
  environment: Environment,
  cluster: Pick<VmCluster, "entries">,
  plan: VmPlan,
  options: CommitPlanOptions,
): Promise<VmApplyResult> {
  const { created, changed, unchanged, cores, makings } = plan;
  const { still = [], stopping = [] } = options;
  const removed = [...still, ...stopping].map(({ name }) => name);
  const changes = changed.map(({ name, before, resolved }): ChangedVm => {
    const { changes, domain } = options.restored?.get(name) ?? {};
    return {
      name,
      changes: changes ?? specChanges(before?.spec, resolved),
      ...(domain === undefined ? {} : { domain }),
    };
  });
  const names = [...created.map(({ name }) => name), ...changes.map(({ name }) => name), ...removed];
  const lines = [...planLines(created, changes, removed, cluster), ...makings.map(makingText)];
  const starting = options.stopped === true ? [] : created.map(({ name }) => name);
  if (names.length > 0) environment.progress(`Simulating the cluster with ${list(names)} as wanted`);
  const edit = (editor: CibEditor): void => {
    writeVms(environment, editor, {
      created,
      changed,
      removed: still.map(({ name }) => name),
      cores,
      stopped: options.stopped === true,
    });
    for (const [name, { definition }] of options.restored ?? [])
      restoreDefinition(editor, resourceId(name), definition);
    for (const { resource } of stopping) {
      if (editor.cib.resource(resource) === undefined) continue;
      setRole(editor, resource, "Stopped");
    }
  };
  const commitOptions: CommitOptions = {
    question: options.question ?? question(created.length, changes.length, removed.length),
    own: names.map(resourceId),
    ask: "always",
    dryRun: options.dryRun,
    guard: { force: options.force === true, mayStop: removed.map(resourceId) },
    plan: lines,
    notes: (transition) => [
      ...staysStopped(starting, transition),
      ...assumed(environment, created),
      ...stillNamed(
        cluster.entries.filter(({ name }) => !names.includes(name)),
        removed,
      ),
    ],
  };
  const wanted = [...created, ...changed].map(({ resolved }) => resolved);
  const commit = (prepare: () => Promise<void>): ReturnType<typeof commitChange> =>
    commitChange(environment, edit, { ...commitOptions, prepare });
  const { committed, effect } = await withMadeDisks(
    environment,
    { makings, vms: wanted, done: "changed" },
    commit,
  );
  const result = { names, created: created.map(({ name }) => name), changed: changes, removed, unchanged };
  const outcome = { ...result, plan: lines, committed, effect, pending: [], vms: [] };
  if (!committed) return outcome;
  if (stopping.length > 0) await removeStopped(environment, stopping);
  if (!environment.isLive || options.noWait === true) return outcome;
  const vms = starting.length === 0 ? [] : await waitUntilRunning(environment, starting);
  const changedNames = changes.map(({ name }) => name);
  const pending = await stillPending(environment, changedNames, vmDiffNames);
  return { ...outcome, pending, vms };
}

/** The second step for VMs that ran: they are taken out once they are stopped. */
async function removeStopped(environment: Environment, vms: readonly VmView[]): Promise<void> {
  const names = vms.map(({ name }) => name);
  if (environment.isLive) {
    await waitUntilStopped(environment, names);
    await forgetFailures(environment, names);
  }
  await commitChange(environment, (editor) => writeVms(environment, editor, { removed: names }), {
    question: `Remove ${list(names)}?`,
    own: names.map(resourceId),
    ask: "others",
  });
}

function question(created: number, changed: number, removed: number): string {
  const parts = [
    created === 0 ? undefined : `add ${created}`,
    changed === 0 ? undefined : `change ${changed}`,
    removed === 0 ? undefined : `remove ${removed}`,
  ].filter((part) => part !== undefined);
  const text = parts.join(", ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)} VM${created + changed + removed === 1 ? "" : "s"}?`;
}

function planLines(
  created: readonly PlannedVm[],
  changed: readonly ChangedVm[],
  removed: readonly string[],
  { entries }: Pick<VmCluster, "entries">,
): readonly string[] {
  return [
    ...created.map(({ name }) => `+ ${name} is added`),
    ...changed.map(({ name, changes, domain = [] }) => {
      return `~ ${name} is changed: ${[...changes.map(specChangeText), ...domain].join("; ")}`;
    }),
    ...removed.map((name) => {
      const disks = entries.filter((entry) => entry.name === name).flatMap(diskPaths);
      return `- ${name} is removed${disks.length === 0 ? "" : `; left alone: ${disks.join(", ")}`}`;
    }),
  ];
}
