import type { Cib } from "../pacemaker/cib.ts";
import { canShoot, type FenceDevice, type FenceLevel, levelsOf, plugsOf } from "./fence-devices.ts";
import { takesSeveralPlugs } from "./fence-resource.ts";

/**
 * The devices that each switch one of a server's power supplies, by their ids: one address, several outlets. The server
 * is off when all of a group have succeeded.
 */
export function supplyGroups(devices: readonly FenceDevice[], node: string): readonly (readonly string[])[] {
  const groups = new Map<string, Map<string, string>>();
  for (const { id, agent, hosts, parameters } of devices) {
    const address = parameters.get("ip") ?? parameters.get("ipaddr");
    const plugs = hosts?.find((host) => host.node === node)?.plugs ?? [];
    if (address === undefined || plugs.length === 0) continue;
    const key = `${agent} ${address.toLowerCase()} ${parameters.get("ipport") ?? ""}`;
    const group = groups.get(key) ?? new Map<string, string>();
    groups.set(key, group.set(plugs.toSorted().join(","), id));
  }
  return [...groups.values()].filter(({ size }) => size > 1).map((group) => [...group.values()]);
}

/** Why a node would count as off by these levels while one of its power supplies is on; empty where it would not. */
export function supplyProblems(
  devices: readonly FenceDevice[],
  node: string,
  levels: readonly Pick<FenceLevel, "devices">[],
): readonly string[] {
  const several = devices.flatMap((device) => {
    const plugs = outletLists(device, node).find((list) => list.length > 1);
    return plugs === undefined || takesSeveralPlugs(device.agent)
      ? []
      : [
          `${device.id} names ${plugs.length} outlets of ${node} (${plugs.join(", ")}), of which ${device.agent} may switch only the first`,
        ];
  });
  const parted = supplyGroups(devices, node).flatMap((group) => {
    const used = levels.filter((level) => group.some((id) => level.devices.includes(id)));
    const whole = used.every((level) => group.every((id) => level.devices.includes(id)));
    return whole && levels.length > 0
      ? []
      : [`${group.join(" and ")} switch a power supply of ${node} each, and are not in one level of it`];
  });
  return [...several, ...parted];
}

/**
 * The outlets that an agent may be told for a node. Pacemaker leaves a `plug` or `port` that the device has set itself
 * as it is, whatever its map says and also where the device has no list of nodes (fencer, make_args).
 */
function outletLists(device: FenceDevice, node: string): readonly (readonly string[])[] {
  if (!canShoot(device, node)) return [];
  const mapped = device.hosts?.find((host) => host.node === node)?.plugs ?? [];
  return [mapped, plugsOf(device.parameters.get("plug")), plugsOf(device.parameters.get("port"))];
}

/** What is wrong with the supplies of each node of a configuration. */
export function supplyProblemsOf(
  cib: Cib,
  devices: readonly FenceDevice[],
): readonly { readonly node: string; readonly text: string }[] {
  return cib.nodes.flatMap(({ name: node }) =>
    supplyProblems(devices, node, levelsOf(cib, node)).map((text) => ({ node, text })),
  );
}

/**
 * A device with those that switch its servers' other power supplies: what is added with several outlets is several
 * resources, ID, ID-2 and so on.
 */
export function withSupplies(devices: readonly FenceDevice[], id: string): readonly string[] {
  const nodes = devices.find((device) => device.id === id)?.hosts?.map(({ node }) => node) ?? [];
  const groups = nodes.flatMap((node) => supplyGroups(devices, node).filter((group) => group.includes(id)));
  const own = new Set(groups.flat().filter((one) => one.startsWith(`${id}-`)));
  return [id, ...own];
}
