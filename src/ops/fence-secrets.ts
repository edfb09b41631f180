import { hostname } from "node:os";
import { HavenError, printError } from "../base/errors.ts";
import { putSmallFiles, readSmallFile, removeSmallFiles } from "../libvirt/small-files.ts";
import { secretFiles, secretFolder } from "./cluster-secrets.ts";
import type { Environment } from "./environment.ts";
import type { FenceResource } from "./fence-resource.ts";

type WithSecrets = Pick<FenceResource, "id" | "secrets">;

/** For each call: a node may hang. */
const patienceMs = 10_000;

/**
 * Puts the secrets of fence devices on every node that is online, where Pacemaker's fencer looks for them, over the
 * nodes' own libvirt connections. A value stands there before its checksum: half of it never counts.
 *
 * @returns the nodes that have not got them: those that are offline, and with `force` those that could not be reached
 * @throws HavenError fence.secret
 */
export async function spreadSecrets(
  environment: Environment,
  resources: readonly WithSecrets[],
  { force = false }: { readonly force?: boolean } = {},
): Promise<readonly string[]> {
  const wanted = resources.filter(({ secrets }) => Object.keys(secrets).length > 0);
  if (!environment.isLive || wanted.length === 0) return [];
  const { nodes } = await environment.pacemaker.status({
    signal: environment.signal,
    fenceHistory: "none",
    attributes: false,
  });
  const members = nodes.filter(({ type }) => type === "member");
  const without = members.filter(({ online }) => !online).map(({ name }) => name);
  for (const { name } of members.filter(({ online }) => online)) {
    environment.progress(`Giving ${name} the secrets of ${wanted.map(({ id }) => id).join(", ")}`);
    try {
      await putOn(environment, name, wanted);
    } catch (cause) {
      if (!force) throw new HavenError("fence.secret", { id: wanted[0]?.id ?? "", node: name }, { cause });
      environment.log.warn(`${name} has not got the secrets: ${printError(cause)}`);
      without.push(name);
    }
  }
  return without;
}

async function putOn(
  environment: Environment,
  node: string,
  resources: readonly WithSecrets[],
): Promise<void> {
  const libvirt = await environment.libvirt(node === hostname() ? undefined : node);
  for (const resource of resources) {
    const files = secretFiles([resource]).map(({ path, content }) => ({
      name: path.slice(path.lastIndexOf("/") + 1),
      content,
    }));
    await putSmallFiles(libvirt, `${secretFolder}/${resource.id}`, files, { timeoutMs: patienceMs });
  }
}

/** What a node has of a device's secrets. */
export interface SecretsOnNode {
  readonly node: string;
  /** Parameters whose value is not there, or another than on this node; undefined where the node does not answer. */
  readonly wrong: readonly string[] | undefined;
}

/** Looks on nodes whether the secrets of a device are there, and the same on all, by their checksums. */
export async function secretsOnNodes(
  environment: Environment,
  device: { readonly id: string; readonly hidden: readonly string[] },
  nodes: readonly string[],
): Promise<readonly SecretsOnNode[]> {
  const sums = await Promise.all(
    nodes.map(async (node) => ({ node, sums: await checksumsOn(environment, node, device) })),
  );
  const good = new Map(
    device.hidden.map((name) => [
      name,
      sums.map((one) => one.sums?.get(name)).find((sum) => sum !== undefined),
    ]),
  );
  return sums.map(({ node, sums: found }) => ({
    node,
    wrong:
      found === undefined
        ? undefined
        : device.hidden.filter((name) => found.get(name) !== good.get(name) || good.get(name) === undefined),
  }));
}

async function checksumsOn(
  environment: Environment,
  node: string,
  { id, hidden }: { readonly id: string; readonly hidden: readonly string[] },
): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const libvirt = await environment.libvirt(node === hostname() ? undefined : node);
    const found = new Map<string, string>();
    for (const name of hidden) {
      const folder = `${secretFolder}/${id}`;
      const sum = await readSmallFile(libvirt, folder, `${name}.sign`, { timeoutMs: patienceMs });
      if (sum !== undefined) found.set(name, sum.trim());
    }
    return found;
  } catch {
    return undefined;
  }
}

/** Takes the secrets of a device that is gone from every node that answers. Never fails: what is left harms nobody. */
export async function removeSecrets(
  environment: Environment,
  device: { readonly id: string; readonly hidden: readonly string[] },
  nodes: readonly string[],
): Promise<void> {
  if (!environment.isLive || device.hidden.length === 0) return;
  const names = device.hidden.flatMap((name) => [`${name}.sign`, name]);
  await Promise.all(
    nodes.map(async (node) => {
      try {
        const libvirt = await environment.libvirt(node === hostname() ? undefined : node);
        const folder = `${secretFolder}/${device.id}`;
        await removeSmallFiles(libvirt, folder, names, { timeoutMs: patienceMs });
      } catch (error) {
        environment.log.warn(`The secrets of ${device.id} are still on ${node}: ${printError(error)}`);
      }
    }),
  );
}
