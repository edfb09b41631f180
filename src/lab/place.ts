import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { HavenError, isHavenError } from "../base/errors.ts";
import { sweepProcesses } from "./debris.ts";
import { removeFilter } from "./faults.ts";
import { checkNetworkFree, removeBridge, removeLink } from "./network.ts";
import { cutPower } from "./power.ts";
import { type LabSettings, labMachines } from "./settings.ts";
import { removeSharedDisk } from "./shared-disk.ts";
import { isRecordName, readState, removeState } from "./state.ts";
import { endSupervisor } from "./supervisor.ts";

/**
 * Refuses where something else already is in a new lab's place.
 *
 * @param subnets Those that will do; the first free one is taken
 * @returns the settings, with that subnet
 * @throws HavenError lab.in-use, of the first subnet where none is free
 */
export async function findPlace(settings: LabSettings, subnets: readonly string[]): Promise<LabSettings> {
  refuseForeign(settings.dir);
  let refusal: unknown;
  for (const subnet of subnets) {
    const there = { ...settings, subnet };
    try {
      await checkNetworkFree(there);
      return there;
    } catch (error) {
      if (!isHavenError(error, "lab.in-use")) throw error;
      refusal ??= error;
    }
  }
  throw refusal;
}

/** A directory that holds files but no lab's record is not a lab's. */
function refuseForeign(dir: string): void {
  if (!existsSync(dir)) return;
  const names = readdirSync(dir);
  if (names.includes("state.json") || names.every(isRecordName)) return;
  const hint = "Choose another --dir, or empty it";
  throw new HavenError("lab.in-use", {
    what: `The directory ${dir}`,
    by: "something other than a lab",
    hint,
  });
}

/**
 * Takes all of a lab away: supervisor, nodes, links, packet filter, bridge, files. The caller has its lock.
 *
 * @throws HavenError lab.in-use when the directory is not a lab's, lab.failed
 */
export async function removeLab(settings: LabSettings): Promise<void> {
  const { dir } = settings;
  refuseForeign(dir);
  const nodes = labMachines(settings);
  await endSupervisor(dir);
  const ends = await Promise.allSettled(nodes.map(async (node) => await cutPower(node)));
  await sweepProcesses(dir);
  await removeSharedDisk(dir);
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  for (const node of nodes) await removeLink(node);
  await removeFilter(settings, imageOf(dir));
  await removeBridge(settings);
  // The record goes last: until then another `lab down` finds the rest.
  for (const name of readdirSync(dir)) {
    if (!isRecordName(name)) rmSync(`${dir}/${name}`, { recursive: true, force: true, maxRetries: 5 });
  }
  removeState(dir);
  rmdirSync(dir);
}

function imageOf(dir: string): string | undefined {
  try {
    return readState(dir)?.image;
  } catch {
    return undefined;
  }
}
