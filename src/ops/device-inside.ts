import { isIP } from "node:net";
import type { Environment } from "./environment.ts";
import type { FenceHost } from "./fence-devices.ts";

/**
 * Devices that would be asked at an address of the very server that they are to shoot: they are silent when it is dead,
 * and cannot be believed while it runs. A management controller has an address of its own.
 *
 * @param addressesOf The addresses of a node in the cluster
 */
export async function deviceInside(
  environment: Pick<Environment, "lookUp">,
  hosts: readonly FenceHost[],
  values: Readonly<Record<string, string>>,
  addressesOf: (node: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const device = values.ip ?? values.ipaddr;
  if (device === undefined) return [];
  // A name that cannot be looked up here is the agent's to complain about.
  const own = isIP(device) === 0 ? await environment.lookUp(device).catch(() => []) : [device];
  const problems = await Promise.all(
    hosts.map(async ({ node }): Promise<readonly string[]> => {
      const there = device === node || (await addressesOf(node)).some((address) => own.includes(address));
      if (!there) return [];
      return [
        `${device} is ${node} itself: a device inside the server that it shoots is silent when the server is dead; expected the address of its management controller or of its power supply`,
      ];
    }),
  );
  return problems.flat();
}
