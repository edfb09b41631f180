import { constants } from "node:fs";
import { chmod, chown, link, lstat, mkdir, open, rename, unlink } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { HavenError } from "../../base/errors.ts";
import { type OpenFolder, openFolder } from "./open-folder.ts";
import { removeFolder } from "./remove-folder.ts";

/** Who owns a file, and what others may do with it. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

interface Inode {
  readonly dev: bigint;
  readonly ino: bigint;
}

/**
 * A file in the making. It is written in a folder of its own beside its place, into which only root can see, and put
 * in its place when it is whole: under its name nobody ever finds a half of it, and nothing that is there is written
 * over. The folder's name is that of the file, so that two that make the same file do not get in each other's way,
 * on shared storage also from two nodes.
 */
export class NewFile {
  #published: Inode | undefined;

  private constructor(
    /** Where it will be. */
    readonly target: string,
    readonly folder: OpenFolder,
    private readonly work: string,
  ) {}

  /**
   * @param options replaces: there may be such a file, which `replace` then takes the place of
   * @throws HavenError disk.failed when there is such a file, or somebody else is making it
   */
  static async begin(target: string, options: { readonly replaces?: boolean } = {}): Promise<NewFile> {
    const folder = await openFolder(dirname(target));
    const name = `.${basename(target)}.haven-new`;
    try {
      if (options.replaces !== true) await absent(`${folder.path}/${basename(target)}`, target);
      await mkdir(`${folder.path}/${name}`, { mode: 0o700 });
      return new NewFile(target, folder, `${folder.path}/${name}`);
    } catch (cause) {
      await folder.close();
      if (errno(cause) !== "EEXIST") throw failed(target, cause);
      const why = `another command makes it now, or was killed while it did: if there is none, remove ${dirname(target)}/${name}`;
      throw new HavenError("disk.failed", { path: target, why });
    }
  }

  /** Where it is to be written. */
  get draft(): string {
    return `${this.work}/${basename(this.target)}`;
  }

  /** A place for what is needed to make it. */
  get workFolder(): string {
    return this.work;
  }

  /**
   * Puts it in its place, with everything of it on the disk.
   *
   * @throws HavenError disk.failed, also when something is there by now
   */
  async publish({ uid, gid, mode }: Ownership): Promise<void> {
    try {
      await this.#finish({ uid, gid, mode });
      this.#published = await inodeOf(this.draft);
      await linkOrRename(this.draft, this.#place);
      // File systems in user space may give another number to another name.
      this.#published = await inodeOf(this.#place);
      await removeFolder(this.work);
      await this.folder.sync();
    } catch (cause) {
      throw failed(this.target, cause);
    }
  }

  /** Puts it in the place of what is there; who has that open still sees that. @throws HavenError disk.failed */
  async replace(ownership: Ownership): Promise<void> {
    try {
      await this.#finish(ownership);
      await rename(this.draft, this.#place);
      await removeFolder(this.work);
      await this.folder.sync();
    } catch (cause) {
      throw failed(this.target, cause);
    }
  }

  get #place(): string {
    return `${this.folder.path}/${basename(this.target)}`;
  }

  async #finish({ uid, gid, mode }: Ownership): Promise<void> {
    await chown(this.draft, uid, gid);
    await chmod(this.draft, mode);
    const handle = await open(this.draft, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /** It stays. */
  async keep(): Promise<void> {
    await this.folder.close();
  }

  /** Takes it away again, and what it was being made in; what somebody else has put in its place stays. */
  async undo(): Promise<void> {
    try {
      await removeFolder(this.work);
      await removeIf(this.#place, this.#published);
      await this.folder.sync();
    } finally {
      await this.folder.close();
    }
  }
}

/** link(2) never writes over what is there. Where the file system has none, the place is taken first. */
async function linkOrRename(draft: string, place: string): Promise<void> {
  try {
    await link(draft, place);
  } catch (cause) {
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(errno(cause))) throw cause;
    await (await open(place, "wx", 0o600)).close();
    await rename(draft, place);
  }
}

/** A file's identity; of the file itself where the path is a symbolic link. */
export async function inodeOf(path: string): Promise<Inode> {
  const { dev, ino } = await lstat(path, { bigint: true });
  return { dev, ino };
}

/** Removes a file that is still the one that it was. @returns whether it was there */
export async function removeIf(path: string, inode: Inode | undefined): Promise<boolean> {
  if (inode === undefined) return false;
  try {
    const now = await inodeOf(path);
    if (now.dev !== inode.dev || now.ino !== inode.ino) return false;
    await unlink(path);
    return true;
  } catch (cause) {
    if (errno(cause) === "ENOENT") return false;
    throw cause;
  }
}

async function absent(path: string, target: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there !== undefined) throw new HavenError("disk.failed", { path: target, why: "it exists already" });
}

function errno(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
}

function failed(path: string, cause: unknown): unknown {
  if (cause instanceof HavenError) return cause;
  const code = errno(cause);
  const why = code === "EEXIST" ? "it exists by now" : code === "ENOSPC" ? "the storage is full" : code;
  return new HavenError("disk.failed", { path, why }, { cause });
}
