import { dirname } from "node:path";
import { isHavenError } from "../base/errors.ts";
import type { Libvirt } from "./client.ts";
import { errorCode } from "./constants.ts";
import { openFolderPool } from "./folder-pool.ts";
import { isLibvirtError } from "./libvirt-error.ts";
import { poolRefusal } from "./pool-refusal.ts";
import type { CallOptions } from "./types.ts";

/** What a node sees of files. */
export interface MissingFiles {
  /** Paths that are not there, or the folder that is not. */
  readonly missing: readonly string[];
  /** Folders whose storage did not answer in time. */
  readonly silent: readonly string[];
}

/**
 * Asks the libvirt of a node which of some files it does not see. What it cannot be asked (its storage driver is not
 * installed, somebody else's pool is of the folder) counts as seen.
 *
 * @param options timeoutMs is for each call
 * @throws HavenError libvirt.closed, interrupted
 */
export async function missingFiles(
  libvirt: Libvirt,
  paths: readonly string[],
  options: CallOptions,
): Promise<MissingFiles> {
  const found = { missing: [] as string[], silent: [] as string[] };
  for (const [folder, inFolder] of Map.groupBy(paths, (path) => dirname(path))) {
    try {
      found.missing.push(...(await missingInFolder(libvirt, folder, inFolder, options)));
    } catch (error) {
      if (isHavenError(error, "libvirt.timeout")) found.silent.push(folder);
      else if (poolRefusal(error).kind === "missing") found.missing.push(folder);
      else if (!isLibvirtError(error)) throw error;
    }
  }
  return found;
}

/** Looks at files of a folder through a pool of it. Where somebody already has one, that one is asked. */
async function missingInFolder(
  libvirt: Libvirt,
  folder: string,
  paths: readonly string[],
  options: CallOptions,
): Promise<readonly string[]> {
  const { own: pool } = await openFolderPool(libvirt, folder, options);
  try {
    const missing: string[] = [];
    for (const path of paths) if (!(await hasVolume(libvirt, path, options))) missing.push(path);
    // Somebody else's pool may show what was there when it was read last: then libvirt itself has to say.
    return pool === undefined ? [] : missing;
  } finally {
    if (pool !== undefined) await libvirt.storagePoolDestroy(pool, options).catch(() => undefined);
  }
}

async function hasVolume(libvirt: Libvirt, path: string, options: CallOptions): Promise<boolean> {
  try {
    await libvirt.storageVolLookupByPath(path, options);
    return true;
  } catch (error) {
    if (isLibvirtError(error, errorCode.noStorageVol)) return false;
    throw error;
  }
}
