import { createHash } from "node:crypto";
import type { Libvirt } from "./client.ts";
import { isLibvirtError } from "./libvirt-error.ts";
import { poolRefusal } from "./pool-refusal.ts";
import type { CallOptions, StoragePool } from "./types.ts";

/** A folder of a node as a storage pool. */
export interface FolderPool {
  /** The transient pool that was made of it, to be destroyed afterwards; undefined where there is another's. */
  readonly own: StoragePool | undefined;
  /** The name of the pool that somebody else has of it. */
  readonly takenBy: string | undefined;
}

/**
 * Makes a transient pool of a folder, since libvirt shows files only as volumes of a pool. Of a folder there can be
 * one pool only: where somebody has one, it is named, after a moment in which another look at the same folder may end.
 *
 * @throws LibvirtError what the pool is refused for; `poolRefusal` tells a folder that is missing
 */
export async function openFolderPool(
  libvirt: Libvirt,
  folder: string,
  options: CallOptions,
): Promise<FolderPool> {
  const name = `haven-check-${createHash("sha256").update(folder).digest("hex").slice(0, 12)}-${Date.now().toString(36)}-${crypto.randomUUID().slice(0, 8)}`;
  const escaped = folder.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
  const xml = `<pool type="dir"><name>${name}</name><target><path>${escaped}</path></target></pool>`;
  for (let tries = 0; ; tries++) {
    try {
      return { own: await libvirt.storagePoolCreateXML(xml, 0, options), takenBy: undefined };
    } catch (error) {
      const refusal = poolRefusal(error);
      if (refusal.kind !== "taken") throw error;
      const time = ownPool.exec(refusal.by)?.[1];
      if (time === undefined || tries >= 10) return { own: undefined, takenBy: refusal.by };
      // Another look at the same folder is at work, or one that was given up left its pool.
      if (tries === 5 && isLeftOver(time, Date.now())) await removePool(libvirt, refusal.by, options);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Such a pool: the folder, when it was made, and what makes it the only one of that name. */
const ownPool = /^haven-check-[0-9a-f]{12}-([0-9a-z]+)-[0-9a-f]{8}$/;

/** A look takes seconds; clocks of nodes may differ by some minutes. `time` is the one in the pool's name. */
export function isLeftOver(time: string, now: number): boolean {
  return now - Number.parseInt(time, 36) > 600_000;
}

async function removePool(libvirt: Libvirt, name: string, options: CallOptions): Promise<void> {
  try {
    await libvirt.storagePoolDestroy(await libvirt.storagePoolLookupByName(name, options), options);
  } catch (error) {
    if (!isLibvirtError(error)) throw error;
  }
}
