import { hostname } from "node:os";
import { isHavenError } from "../base/errors.ts";
import { missingFiles } from "../libvirt/missing-files.ts";
import { allowedNodes } from "../vm/placement-problems.ts";
import type { ResolvedSpec } from "../vm/resolve-spec.ts";
import type { Environment } from "./environment.ts";

/** What a VM needs on every node that it may run on. */
export interface Needs {
  readonly spec: ResolvedSpec;
  readonly paths: readonly string[];
}

/** A path that a node does not see. */
export interface Unseen {
  readonly vm: string;
  readonly path: string;
  /** To be read after the path. */
  readonly why: string;
}

/** For each call: storage of a node may hang. */
const patienceMs = 8000;

/** The files that a VM's domain names: disks, ISO images, kernel, initrd, seed. Devices cannot be asked for. */
export function filesOf({ disks = [], boot, "cloud-init": cloudInit }: ResolvedSpec): readonly string[] {
  const paths = [
    ...disks.map(({ file, iso }) => file ?? (iso === "none" ? undefined : iso)),
    boot?.kernel,
    boot?.initrd,
    cloudInit?.seed,
  ];
  return paths.filter((path) => path !== undefined);
}

/**
 * Asks the libvirt of the other nodes that are online for files of VMs that may run there, all nodes at once, each
 * file once. A node that does not answer says nothing about its files: it is told of in the log.
 *
 * @throws HavenError pacemaker.*, interrupted
 */
export async function unseenElsewhere(
  environment: Environment,
  needs: readonly Needs[],
): Promise<readonly Unseen[]> {
  const needed = needs.filter(({ paths }) => paths.length > 0);
  if (!environment.isLive || needed.length === 0) return [];
  const { signal, pacemaker } = environment;
  const { nodes } = await pacemaker.status({ signal, fenceHistory: "none", attributes: false });
  const members = nodes.filter((node) => node.online && node.type === "member").map(({ name }) => name);
  const others = members.filter((name) => name !== hostname());
  const found = await Promise.all(others.map((node) => unseenOn(environment, node, members, needed)));
  return found.flat();
}

async function unseenOn(
  environment: Environment,
  node: string,
  members: readonly string[],
  needs: readonly Needs[],
): Promise<readonly Unseen[]> {
  const { signal, log } = environment;
  const here = needs.filter(({ spec }) => allowedNodes(spec, members).includes(node));
  const paths = [...new Set(here.flatMap((need) => need.paths))];
  if (paths.length === 0) return [];
  try {
    const libvirt = await environment.libvirt(node);
    const { missing, silent } = await missingFiles(libvirt, paths, { signal, timeoutMs: patienceMs });
    const gone = new Map(missing.map((path) => [path, `is not there on ${node}, where it may run`]));
    for (const path of silent) gone.set(path, `does not answer on ${node}, where it may run`);
    return here.flatMap(({ spec, paths: own }) =>
      own.flatMap((path): Unseen[] => {
        const why = gone.get(path) ?? gone.get(path.slice(0, path.lastIndexOf("/")));
        if (why === undefined) return [];
        const way = "put it on storage that all of its nodes reach, or say placement.only-on";
        return [{ vm: spec.name, path, why: `${why}: ${way}` }];
      }),
    );
  } catch (error) {
    if (isHavenError(error, "interrupted")) throw error;
    log.warn(`${node} could not be asked for the disks: its libvirt does not answer`);
    return [];
  }
}
