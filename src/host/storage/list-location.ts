import type { Dirent, Stats } from "node:fs";
import { lstat, readdir, stat, statfs } from "node:fs/promises";
import { extname } from "node:path";
import { naturalOrder } from "../../base/natural-order.ts";
import type { StorageLocation, StoredFile } from "../../contract/storage-answer.ts";

type Found = Omit<StoredFile, "vms">;
export type ListedLocation = Omit<StorageLocation, "files"> & { readonly files: readonly Found[] };

export interface ListLocationOptions {
  readonly signal?: AbortSignal;
  /** Storage that has not answered then is told as such. */
  readonly patienceMs?: number;
  /** No more is told of one location. */
  readonly mostFiles?: number;
}

/** A folder for each VM, and one for its kind, is usual. */
const deepest = 3;
const images = new Set([".qcow2", ".qcow", ".img", ".raw", ".vmdk", ".vdi", ".vhd", ".vhdx", ".qed"]);

/**
 * What is in a storage location of this node: files in a folder and those below it, volumes and devices in a folder of
 * /dev, or the one device that it is. Hidden names, and links to anything but devices, are left out. Files are not
 * opened: what they are is what their names say. Never throws: storage that does not answer is told with that.
 */
export async function listLocation(
  path: string,
  { signal, patienceMs = 15_000, mostFiles = 2000 }: ListLocationOptions = {},
): Promise<ListedLocation> {
  const nothing = { path, files: [], isCut: false };
  const patience = AbortSignal.timeout(patienceMs);
  const until = signal === undefined ? patience : AbortSignal.any([signal, patience]);
  const gaveUp = new Promise<ListedLocation>((done) =>
    until.addEventListener("abort", () => done({ ...nothing, why: "it does not answer" }), { once: true }),
  );
  return await Promise.race([
    gaveUp,
    look(path, until, mostFiles).catch((cause: unknown) => ({ ...nothing, why: reason(cause) })),
  ]);
}

async function look(path: string, signal: AbortSignal, mostFiles: number): Promise<ListedLocation> {
  const there = await stat(path);
  if (there.isBlockDevice()) return { path, files: [found(path, "block", there)], isCut: false };
  if (!there.isDirectory()) return { path, files: [], isCut: false, why: "it is no folder" };
  const files: Found[] = [];
  const isDevices = path === "/dev" || path.startsWith("/dev/");
  // What is in /dev itself has better names below it.
  const folder = path === "/dev" ? "/dev/mapper" : path;
  const folders = [{ path: folder, depth: 1 }];
  let isCut = false;
  for (let next = folders.shift(); next !== undefined && !signal.aborted; next = folders.shift()) {
    for (const entry of await entriesOf(next.path, path)) {
      const at = `${next.path}/${entry.name}`;
      if (entry.name.startsWith(".")) continue;
      if (files.length >= mostFiles) isCut = true;
      else if (entry.isDirectory() && next.depth < deepest) folders.push({ path: at, depth: next.depth + 1 });
      else if (entry.isFile() && !isDevices) files.push(found(at, kindOf(entry.name), await lstat(at)));
      else if (isDevices) files.push(...(await device(at)));
    }
  }
  const space = isDevices ? undefined : await statfs(path);
  return {
    ...{ path, isCut, files: files.toSorted((a, b) => naturalOrder(a.path, b.path)) },
    ...(space === undefined ? {} : { free: space.bavail * space.bsize }),
  };
}

/** Without device mapper there is nothing in /dev that is told of. */
async function entriesOf(folder: string, location: string): Promise<readonly Dirent[]> {
  const entries = readdir(folder, { withFileTypes: true });
  return await (folder === location ? entries : entries.catch(() => []));
}

/** A volume's name is a link to the device that it is now. */
async function device(path: string): Promise<readonly Found[]> {
  const there = await stat(path).catch(() => undefined);
  return there?.isBlockDevice() === true ? [found(path, "block", there)] : [];
}

function found(path: string, kind: Found["kind"], { size, mtimeMs }: Stats): Found {
  return { path, kind, bytes: size, modified: new Date(mtimeMs).toISOString() };
}

function kindOf(name: string): Found["kind"] {
  const extension = extname(name).toLowerCase();
  if (extension === ".iso") return "iso";
  return images.has(extension) ? "image" : "file";
}

function reason(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return code === "ENOENT" ? "it is not there" : code;
}
