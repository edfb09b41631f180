import { lstat, rmdir, unlink } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { HavenError, printError } from "../base/errors.ts";
import { installFolder } from "../base/install-folder.ts";
import { logicalVolume } from "../contract/spec-disks.ts";
import { openFolder } from "../host/storage/open-folder.ts";
import { removeVolume } from "../host/storage/volume.ts";
import type { Environment } from "./environment.ts";
import type { Deletion, LeftDisk } from "./plan-deletions.ts";

export interface DeletedDisks {
  readonly deleted: readonly string[];
  /** What was to be deleted and could not be. */
  readonly failed: readonly LeftDisk[];
}

/** Deletes what was planned, each for itself: one that fails does not keep the others. */
export async function deleteDisks(
  environment: Pick<Environment, "progress">,
  deletions: readonly Deletion[],
): Promise<DeletedDisks> {
  const deleted: string[] = [];
  const failed: LeftDisk[] = [];
  for (const { path, kind } of deletions) {
    environment.progress(`Deleting ${path}`);
    try {
      if (kind === "volume") await deleteVolume(path);
      else if (kind === "file") await deleteFile(path);
      else await deleteInstaller(path);
      deleted.push(path);
    } catch (error) {
      failed.push({ path, why: `could not be deleted: ${printError(error).split("\n")[0]}` });
    }
  }
  return { deleted, failed };
}

async function deleteVolume(path: string): Promise<void> {
  const found = logicalVolume(path);
  if (found === undefined) throw new HavenError("disk.failed", { path, why: "it is no logical volume" });
  await removeVolume(found.group, found.volume);
}

/** In the folder that its path names, and no other: see `openFolder`. */
async function deleteFile(path: string): Promise<void> {
  const folder = await openFolder(dirname(path));
  try {
    const name = `${folder.path}/${basename(path)}`;
    if (!(await lstat(name)).isFile()) throw new HavenError("disk.failed", { path, why: "it is no file" });
    await unlink(name);
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Only what Haven has put there; a folder with something else in it stays. */
async function deleteInstaller(path: string): Promise<void> {
  const folder = await openFolder(path);
  try {
    for (const name of Object.values(installFolder)) {
      await unlink(`${folder.path}/${name}`).catch((cause: unknown) => {
        if (!(cause instanceof Error && "code" in cause && cause.code === "ENOENT")) throw cause;
      });
    }
  } finally {
    await folder.close();
  }
  await rmdir(path);
}
