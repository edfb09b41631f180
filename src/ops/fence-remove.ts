import { HavenError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { isSecretParameter } from "../contract/fence-kinds.ts";
import { Cib } from "../pacemaker/cib.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { canShoot, type FenceDevice, fenceDevices } from "./fence-devices.ts";
import { removeSecrets } from "./fence-secrets.ts";
import { supplyGroups } from "./fence-supplies.ts";
import { list } from "./wait-vms.ts";
import { watchdogFencing } from "./watchdog-fencing.ts";

export interface FenceRemoveOptions {
  readonly ids: readonly string[];
  /** Also where a node is left that nothing can shoot. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export interface FenceRemoveResult {
  readonly names: readonly string[];
  readonly committed: boolean;
  readonly effect: readonly string[];
}

/**
 * Removes fence devices, with their levels, constraints and secrets.
 *
 * @throws HavenError cib.not-found, fence.refused where a node would be left without a device, vm.declined
 */
export async function fenceRemove(
  environment: Environment,
  options: FenceRemoveOptions,
): Promise<FenceRemoveResult> {
  const { ids } = options;
  const cib = Cib.parse(await environment.pacemaker.queryCib({ signal: environment.signal }));
  const devices = fenceDevices(cib, isSecretParameter);
  const chosen = ids.map((id) => findDevice(devices, id));
  const left = devices.filter((device) => !chosen.includes(device));
  // Where no device is left, nodes are reset by their watchdogs all the same.
  const isWatched = watchdogFencing(cib)?.running === true;
  const bare = (isWatched ? [] : cib.nodes)
    .map(({ name }) => name)
    .filter((node) => chosen.some((one) => canShoot(one, node)) && !left.some((one) => canShoot(one, node)));
  if (bare.length > 0 && options.force !== true) {
    throw new HavenError("fence.refused", {
      what: `Nothing could shoot ${list(bare)} any more: what runs there would not start elsewhere`,
      hint: "Add another device first (haven fence add), or give --force",
    });
  }
  refuseParts(cib, devices, ids, options.force === true);
  const { committed, effect } = await commitChange(
    environment,
    (editor) => {
      for (const { id } of chosen) if (editor.cib.resource(id) !== undefined) editor.removeResource(id);
    },
    {
      question: `Remove ${list(ids)}?`,
      own: ids,
      ask: "always",
      dryRun: options.dryRun,
      plan: [
        ...chosen.map(({ id, agent }) => `- ${id} (${agent})`),
        ...(bare.length === 0 ? [] : [`Nothing can shoot ${list(bare)} any more`]),
      ],
    },
  );
  if (committed) {
    const nodes = cib.nodes.filter(({ type }) => type === "member").map(({ name }) => name);
    for (const device of chosen) await removeSecrets(environment, device, nodes);
  }
  return { names: ids, committed, effect };
}

/** One of a server's supplies alone must not be left: with it off, the server would count as off. */
function refuseParts(
  cib: Cib,
  devices: readonly FenceDevice[],
  ids: readonly string[],
  force: boolean,
): void {
  for (const { name: node } of cib.nodes) {
    for (const group of supplyGroups(devices, node)) {
      const stay = group.filter((id) => !ids.includes(id));
      if (force || stay.length === 0 || stay.length === group.length) continue;
      throw new HavenError("fence.refused", {
        what: `${node} would count as off when ${list(stay)} has switched one of its power supplies`,
        hint: `Remove ${list(group)} together, or give --force`,
      });
    }
  }
}

/** The device of that id. @throws HavenError cib.not-found, with the nearest id */
export function findDevice(devices: readonly FenceDevice[], id: string): FenceDevice {
  const found = devices.find((device) => device.id === id);
  if (found !== undefined) return found;
  const like = nearest(
    id,
    devices.map((device) => device.id),
  );
  throw new HavenError("cib.not-found", { what: "fence device", name: id, like });
}
