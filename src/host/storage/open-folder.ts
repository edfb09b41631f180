import { constants } from "node:fs";
import { type FileHandle, open, readlink } from "node:fs/promises";
import { HavenError } from "../../base/errors.ts";

/** A folder that is held open: what is done by its `path` is done in that very folder. */
export interface OpenFolder {
  /** A path to the folder for this process and those that it starts, which no symbolic link can lead astray. */
  readonly path: string;
  /** Writes the folder's entries to the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a folder, and makes sure that its path leads there without a symbolic link. From then on nobody can put
 * another folder in its place: Linux's /proc/PID/fd leads to what is open (proc(5)).
 *
 * @throws HavenError disk.failed
 */
export async function openFolder(folder: string): Promise<OpenFolder> {
  let handle: FileHandle;
  try {
    handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw new HavenError("disk.failed", { path: folder, why: `the folder cannot be opened: ${code}` });
  }
  const path = `/proc/${process.pid}/fd/${handle.fd}`;
  const real = await readlink(path);
  if (real !== folder) {
    await handle.close();
    throw new HavenError("disk.failed", {
      path: folder,
      why: `the path leads through a symbolic link, to ${real}`,
    });
  }
  return {
    path,
    // File systems in user space may know no fsync for folders.
    sync: () => handle.sync().catch(() => undefined),
    close: () => handle.close(),
  };
}
