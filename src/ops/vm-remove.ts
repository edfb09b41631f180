import { HavenError } from "../base/errors.ts";
import { vmCannot } from "../contract/vm-can.ts";
import { resourceId } from "../vm/names.ts";
import { placeVms } from "../vm/place-vms.ts";
import { namedBy } from "../vm/placement.ts";
import type { VmEntry } from "../vm/vms-in-cib.ts";
import { readXml } from "../xml/read.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { selectVms } from "./select-vms.ts";
import { waitUntilStopped } from "./vm-stop.ts";
import { readVmCluster } from "./vm-views.ts";
import { list } from "./wait-vms.ts";

export interface VmRemoveOptions {
  readonly names: readonly string[];
  /** Also where another VM that runs would be stopped or moved. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export interface VmRemoveResult {
  readonly names: readonly string[];
  readonly committed: boolean;
  readonly effect: readonly string[];
  /** Paths of the disks, which are left alone. */
  readonly disks: readonly string[];
}

/**
 * Removes VMs from the cluster: asks, stops them, waits, and takes away their resources and constraints. Their
 * disks are left alone. Being interrupted while waiting leaves them configured (and stopping).
 *
 * @throws HavenError vm.not-found, vm.refused, vm.declined, vm.failed, vm.interrupted
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
  const kept = [
    ...(disks.length === 0 ? [] : [`Left alone: ${disks.join(", ")}`]),
    ...stillNamed(entries, names),
  ];
  const question = `Remove ${list(names)} from the cluster?`;
  const guard = { force: options.force === true, mayStop: own };
  if (environment.isLive && options.dryRun !== true && chosen.some(({ state }) => state !== "stopped")) {
    const { effect } = await commitChange(
      environment,
      (editor) => {
        for (const id of own) editor.setNvpairs(id, "meta_attributes", { "target-role": "Stopped" });
      },
      { question, own, ask: "always", notes: () => kept, guard },
    );
    await waitUntilStopped(environment, names, "the cluster goes on to stop");
    await forgetFailures(environment, names);
    const { committed } = await takeAway(environment, names, { question, ask: "others", guard });
    return { names, committed, effect, disks };
  }
  if (environment.isLive && options.dryRun !== true) await forgetFailures(environment, names);
  const { committed, effect } = await takeAway(environment, names, {
    question,
    ask: "always",
    dryRun: options.dryRun,
    notes: () => kept,
    guard,
  });
  return { names, committed, effect, disks };
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
  return namedBy(vms, names).map(
    (name) => `The placement of ${name} goes on naming what is removed: haven vm edit ${name}`,
  );
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
