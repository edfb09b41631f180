import { chmod, link, lstat, stat, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { HavenError } from "../base/errors.ts";
import { installFolder } from "../base/install-folder.ts";
import { imageLocked } from "../host/storage/image-facts.ts";
import { putInstaller } from "../host/storage/installer-files.ts";
import { inodeOf, NewFile, removeIf } from "../host/storage/new-file.ts";
import { NewFolder } from "../host/storage/new-folder.ts";
import { NewVolume } from "../host/storage/new-volume.ts";
import { openFolder } from "../host/storage/open-folder.ts";
import { writeSeed } from "../host/storage/seed-image.ts";
import { writeImage } from "../host/storage/write-image.ts";
import { seedLabel } from "../vm/cloud-seed.ts";
import type { Environment } from "./environment.ts";
import type { FileMaking, InstallMaking, Making, MakingSource, SeedMaking, VolumeMaking } from "./making.ts";

/** Something that was made and can still be taken back. */
export interface MadeThing {
  readonly target: string;
  /** It stays; what it replaces, or was moved from, goes. */
  keep(): Promise<void>;
  /** As it was before. */
  undo(): Promise<void>;
}

type MakingEnvironment = Pick<Environment, "progress" | "signal">;

/**
 * Makes what was planned, with its progress in percent. What is broken off half-way is taken away again.
 *
 * @throws HavenError disk.failed, exec.missing, interrupted
 */
export async function makeThing(environment: MakingEnvironment, making: Making): Promise<MadeThing> {
  environment.progress(`Making ${making.target}`);
  switch (making.kind) {
    case "file":
      return await makeFile(environment, making);
    case "volume":
      return await makeVolume(environment, making);
    case "seed":
      return await makeSeed(environment, making);
    case "install":
      return await makeInstall(environment, making);
  }
}

interface Undoable {
  undo(): Promise<void>;
}

/** What fails leaves nothing; that it could not be taken away is told only if nothing worse is. */
async function orUndo<T>(begun: Undoable, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await begun.undo();
    throw error;
  }
}

function percentLine({ progress }: MakingEnvironment, target: string): (percent: number) => void {
  return (percent) => {
    // A log gets twenty lines, not a hundred.
    if (percent % 5 === 0) progress(`Making ${target}: ${percent} %`);
  };
}

async function makeFile(environment: MakingEnvironment, making: FileMaking): Promise<MadeThing> {
  const { target, format, source, size, preallocation } = making;
  const { signal } = environment;
  if (source?.moved === true && source.facts.format === format && size === undefined) {
    const moved = await moveFile(making, source);
    if (moved !== undefined) return moved;
  }
  const file = await NewFile.begin(target);
  return await orUndo(file, async () => {
    const work = {
      draft: file.draft,
      format,
      bytes: size,
      preallocation,
      target,
      ...(source === undefined ? {} : { source: { path: source.path, format: source.facts.format } }),
    };
    const removeSource = await sourceRemoval(source);
    await writeImage(work, { signal, onPercent: percentLine(environment, target) });
    await file.publish(await ownershipOf(making));
    return {
      target,
      undo: () => file.undo(),
      keep: async () => {
        await file.keep();
        await removeSource();
      },
    };
  });
}

/** What is moved keeps its owner and what its group may do; anything else is root's. */
async function ownershipOf({
  source,
  owner,
  mode,
}: FileMaking): Promise<{ uid: number; gid: number; mode: number }> {
  const had = source?.moved === true ? await stat(source.path) : { uid: 0, gid: 0, mode: 0o600 };
  return {
    uid: owner?.uid ?? had.uid,
    gid: owner?.gid ?? had.gid,
    mode: mode ?? had.mode & 0o770,
  };
}

/**
 * Moves a file within its file system: it gets the new name beside the old one, which goes when all is done.
 *
 * @returns undefined where that cannot be, and it has to be copied
 */
async function moveFile(making: FileMaking, source: MakingSource): Promise<MadeThing | undefined> {
  await imageLocked(source.path, source.facts.format);
  const before = await stat(source.path);
  const folder = await openFolder(dirname(source.path));
  const name = `${folder.path}/${basename(source.path)}`;
  const file = await NewFile.begin(making.target).catch(async (error: unknown) => {
    await folder.close();
    throw error;
  });
  const undo = async (): Promise<void> => {
    try {
      await file.undo();
      const { chown } = await import("node:fs/promises");
      await chown(name, before.uid, before.gid);
      await chmod(name, before.mode & 0o7777);
    } finally {
      await folder.close();
    }
  };
  try {
    await link(name, file.draft);
  } catch {
    await undo();
    return undefined;
  }
  return await orUndo({ undo }, async () => {
    if (!(await lstat(file.draft)).isFile()) {
      throw new HavenError("disk.failed", { path: source.path, why: "is no file any more" });
    }
    await file.publish(await ownershipOf(making));
    return {
      target: making.target,
      undo,
      keep: async () => {
        await file.keep();
        await removeIf(name, await inodeOf(name).catch(() => undefined));
        await folder.sync();
        await folder.close();
      },
    };
  });
}

/** Removes what was copied, in the end, if it is still that file. */
async function sourceRemoval(source: MakingSource | undefined): Promise<() => Promise<void>> {
  if (source?.moved !== true) return () => Promise.resolve();
  const inode = await inodeOf(source.path);
  return async () => {
    const folder = await openFolder(dirname(source.path));
    try {
      await removeIf(`${folder.path}/${basename(source.path)}`, inode);
    } finally {
      await folder.close();
    }
  };
}

async function makeVolume(environment: MakingEnvironment, making: VolumeMaking): Promise<MadeThing> {
  const { group, volume, bytes, source, target } = making;
  const { signal } = environment;
  const made = await NewVolume.begin(group, volume, bytes, { signal });
  return await orUndo(made, async () => {
    const removeSource = await sourceRemoval(source);
    if (source !== undefined) {
      const from = { path: source.path, format: source.facts.format };
      const work = { draft: target, target, format: "raw", isDevice: true, source: from };
      await writeImage(work, { signal, onPercent: percentLine(environment, target) });
    }
    return { target, undo: () => made.undo(), keep: removeSource };
  });
}

async function makeSeed({ signal }: MakingEnvironment, making: SeedMaking): Promise<MadeThing> {
  const { target, files, replaces } = making;
  const file = await NewFile.begin(target, { replaces });
  return await orUndo(file, async () => {
    await writeSeed(file, files, { label: seedLabel, signal });
    const undo = (): Promise<void> => file.undo();
    if (!replaces) {
      await file.publish({ uid: 0, gid: 0, mode: 0o600 });
      return { target, undo, keep: () => file.keep() };
    }
    const keep = async (): Promise<void> => {
      const had = await lstat(target).catch(() => undefined);
      await file.replace({ uid: had?.uid ?? 0, gid: had?.gid ?? 0, mode: 0o600 });
      await file.keep();
    };
    return { target, undo, keep };
  });
}

async function makeInstall({ signal }: MakingEnvironment, making: InstallMaking): Promise<MadeThing> {
  const folder = await NewFolder.begin(making.target);
  return await orUndo(folder, async () => {
    await putInstaller(folder.draft, making.install, signal);
    for (const name of [installFolder.kernel, installFolder.initrd]) {
      await chmod(`${folder.draft}/${name}`, 0o600);
    }
    await writeFile(`${folder.draft}/${installFolder.once}`, "", { flag: "wx", mode: 0o600 });
    await folder.publish();
    return { target: making.target, undo: () => folder.undo(), keep: () => folder.keep() };
  });
}
