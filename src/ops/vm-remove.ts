import { HavenError } from "../base/errors.ts";
import { vmCannot } from "../contract/vm-can.ts";
import { resourceId } from "../vm/names.ts";
import { placeVms } from "../vm/place-vms.ts";
import { namedBy } from "../vm/placement.ts";
import { setRole } from "../vm/shed-mark.ts";
import type { VmEntry } from "../vm/vms-in-cib.ts";
import { readXml } from "../xml/read.ts";
import { commitChange } from "./commit-change.ts";
import { deleteDisks } from "./delete-disks.ts";
import type { Environment } from "./environment.ts";
import { type LeftDisk, namedDisks, type PlannedDeletions, planDeletions } from "./plan-deletions.ts";
import { selectVms } from "./select-vms.ts";
import { waitUntilStopped } from "./vm-stop.ts";
import { readVmCluster } from "./vm-views.ts";
import { list } from "./wait-vms.ts";

export interface VmRemoveOptions {
  readonly names: readonly string[];
  /** Also where another VM that runs would be stopped or moved. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
  /** Delete the disks that are theirs alone, too. */
  readonly deleteDisks?: DeleteDisks;
}

/** How it is made sure that disks are to be deleted: a yes is not enough. */
export interface DeleteDisks {
  /** The VMs' names, said once more. */
  readonly confirmed: readonly string[];
  /** Asks for a name that was not said; undefined where nobody can answer. */
  readonly ask: (name: string) => Promise<string | undefined>;
}

export interface VmRemoveResult {
  readonly names: readonly string[];
  readonly committed: boolean;
  readonly effect: readonly string[];
  /** Paths of the disks that are left alone. */
  readonly disks: readonly string[];
  /** What was deleted with them. */
  readonly deleted: readonly string[];
  /** Where disks were to be deleted: which are left, and why. */
  readonly left: readonly LeftDisk[];
  /** What was to be deleted and could not be. */
  readonly failed: readonly LeftDisk[];
}

/**
 * Removes VMs from the cluster: asks, stops them, waits, and takes away their resources and constraints. Their
 * disks are left alone unless they are to be deleted: then, when all else is done, those that are theirs alone go.
 * Being interrupted while waiting leaves them configured (and stopping), with their disks.
 *
 * @throws HavenError vm.not-found, vm.refused, vm.declined, vm.failed, vm.interrupted, usage when names are not confirmed
 */
export async function vmRemove(environment: Environment, options: VmRemoveOptions): Promise<VmRemoveResult> {
  const { vms, entries } = await readVmCluster(environment);
  const chosen = selectVms(vms, options.names);
  for (const vm of chosen) {
    const why = vmCannot("remove", vm);
    if (why !== undefined) throw new HavenError("vm.refused", { name: vm.name, why });
  }
  const names = chosen.map(({ name }) => name);
  const own = names.map(resourceId);
  const disks = [...new Set(entries.filter(({ name }) => names.includes(name)).flatMap(diskPaths))];
  const doomed =
    options.deleteDisks === undefined ? undefined : await planDeletions(environment, entries, names);
  if (doomed !== undefined && !environment.isLive) {
    throw new HavenError("pacemaker.no-file-action", { what: "Deleting disks" });
  }
  const kept = [...fateLines(disks, doomed), ...stillNamed(entries, names)];
  const question = `Remove ${list(names)} from the cluster${doomed === undefined ? "" : ", and delete its disks"}?`;
  const prepare = (): Promise<void> => confirmNames(names, options.deleteDisks);
  const outcome = async (committed: boolean, effect: readonly string[]): Promise<VmRemoveResult> => {
    const result = { names, committed, effect, left: doomed?.left ?? [] };
    if (doomed === undefined || !committed) return { ...result, disks, deleted: [], failed: [] };
    return { ...result, ...(await deleteTheirs(environment, doomed, disks)) };
  };
  const guard = { force: options.force === true, mayStop: own };
  if (environment.isLive && options.dryRun !== true && chosen.some(({ state }) => state !== "stopped")) {
    const { effect } = await commitChange(
      environment,
      (editor) => {
        for (const id of own) setRole(editor, id, "Stopped");
      },
      { question, own, ask: "always", notes: () => kept, guard, prepare },
    );
    await waitUntilStopped(environment, names);
    await forgetFailures(environment, names);
    const { committed } = await takeAway(environment, names, { question, ask: "others", guard });
    return await outcome(committed, effect);
  }
  if (environment.isLive && options.dryRun !== true) await forgetFailures(environment, names);
  const { committed, effect } = await takeAway(environment, names, {
    question,
    ask: "always",
    dryRun: options.dryRun,
    notes: () => kept,
    guard,
    prepare,
  });
  return await outcome(committed, effect);
}

/** What becomes of the disks, before anybody has said yes. */
function fateLines(disks: readonly string[], doomed: PlannedDeletions | undefined): readonly string[] {
  if (doomed === undefined) return disks.length === 0 ? [] : [`Left alone: ${disks.join(", ")}`];
  return [
    ...doomed.deletions.map(({ path }) => `Deleted: ${path}`),
    ...doomed.left.map(({ path, why }) => `Left alone: ${path} ${why}`),
  ];
}

async function confirmNames(names: readonly string[], options: DeleteDisks | undefined): Promise<void> {
  if (options === undefined) return;
  for (const name of names) {
    if (options.confirmed.includes(name)) continue;
    const said = await options.ask(name);
    if (said === undefined) {
      throw new HavenError("usage", {
        what: `To delete the disks of ${name}, its name has to be given again, and nobody can be asked`,
        hint: `Give --confirm ${name}`,
      });
    }
    if (said.trim() !== name) throw new HavenError("vm.declined");
  }
}

/** Once the VMs are gone, and as the cluster is now: another VM may have got one of the disks meanwhile. */
async function deleteTheirs(
  environment: Environment,
  planned: PlannedDeletions,
  disks: readonly string[],
): Promise<Pick<VmRemoveResult, "disks" | "deleted" | "left" | "failed">> {
  const { entries } = await readVmCluster(environment);
  const taken = await namedDisks(environment, entries, planned);
  const deletions = planned.deletions.filter(({ path }) => !taken.has(path));
  const { deleted, failed } = await deleteDisks(environment, deletions);
  const left = [
    ...planned.left,
    ...[...taken].map(([path, owner]) => ({ path, why: `${owner} has it by now` })),
  ];
  return { disks: disks.filter((path) => !deleted.includes(path)), deleted, left, failed };
}

async function takeAway(
  environment: Environment,
  names: readonly string[],
  options: Omit<Parameters<typeof commitChange>[2], "own">,
): ReturnType<typeof commitChange> {
  const own = names.map(resourceId);
  return await commitChange(
    environment,
    (editor) => {
      // Whoever was quicker has done it already.
      for (const id of own) if (editor.cib.resource(id) !== undefined) editor.removeResource(id);
      placeVms(editor, names);
    },
    { own, ...options },
  );
}

/** So that a later VM of the same name does not start with this one's failures. */
export async function forgetFailures(environment: Environment, names: readonly string[]): Promise<void> {
  const { vms, status } = await readVmCluster(environment);
  for (const { name, resource, failures } of vms) {
    if (!names.includes(name)) continue;
    const counted = status.failCounts.some((count) => count.resource === resource && count.count > 0);
    if (failures.length > 0 || counted) {
      await environment.pacemaker.cleanup(resource, { signal: environment.signal });
    }
  }
}

/** What other VMs' specifications say of VMs that go. */
export function stillNamed(entries: readonly VmEntry[], names: readonly string[]): readonly string[] {
  const vms = entries.map(({ name, spec }) => ({ name, placement: spec?.placement }));
  const fencing = entries.filter(
    ({ name, spec }) =>
      !names.includes(name) && spec?.policies?.["guest-fence"]?.some((word) => names.includes(word)) === true,
  );
  return [
    ...namedBy(vms, names).map(
      (name) => `The placement of ${name} goes on naming what is removed: haven vm edit ${name}`,
    ),
    // A later VM of that name would be another one.
    ...fencing.map(
      ({ name }) => `The guest-fence of ${name} goes on naming what is removed: haven vm edit ${name}`,
    ),
  ];
}

/** The files and devices that a VM's domain names as its disks. */
export function diskPaths(entry: VmEntry): readonly string[] {
  if (entry.xml === undefined) return [];
  try {
    const devices = readXml(entry.xml, { source: `xml of ${entry.name}` }).child("devices");
    return [...(devices?.all("disk") ?? []), ...(devices?.all("filesystem") ?? [])].flatMap((disk) => {
      const source = disk.child("source");
      return source?.get("file") ?? source?.get("dev") ?? source?.get("dir") ?? [];
    });
  } catch {
    return [];
  }
}
