import { lstat, mkdir, rename } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { HavenError } from "../../base/errors.ts";
import { inodeOf } from "./new-file.ts";
import { type OpenFolder, openFolder } from "./open-folder.ts";
import { removeFolder } from "./remove-folder.ts";

/** A folder in the making, which appears under its name when all of it is there. See `NewFile`. */
export class NewFolder {
  #published: { readonly dev: bigint; readonly ino: bigint } | undefined;

  private constructor(
    readonly target: string,
    private readonly parent: OpenFolder,
    /** Where its files are to be written. */
    readonly draft: string,
  ) {}

  /** @throws HavenError disk.failed when there is such a folder, or somebody else is making it */
  static async begin(target: string): Promise<NewFolder> {
    const parent = await openFolder(dirname(target));
    const name = `.${basename(target)}.haven-new`;
    const draft = `${parent.path}/${name}`;
    try {
      if ((await lstat(`${parent.path}/${basename(target)}`).catch(() => undefined)) !== undefined) {
        throw new HavenError("disk.failed", { path: target, why: "it exists already" });
      }
      await mkdir(draft, { mode: 0o700 });
      return new NewFolder(target, parent, draft);
    } catch (cause) {
      await parent.close();
      if (cause instanceof HavenError) throw cause;
      const why = `${codeOf(cause)}: if no other command makes it now, remove ${dirname(target)}/${name}`;
      throw new HavenError("disk.failed", { path: target, why });
    }
  }

  /** @throws HavenError disk.failed, also when something is there by now */
  async publish(): Promise<void> {
    const place = `${this.parent.path}/${basename(this.target)}`;
    try {
      // Takes the place, which a folder may then be moved to.
      await mkdir(place, { mode: 0o700 });
      this.#published = await inodeOf(place);
      await rename(this.draft, place);
      this.#published = await inodeOf(place);
      await this.parent.sync();
    } catch (cause) {
      throw new HavenError("disk.failed", { path: this.target, why: codeOf(cause) }, { cause });
    }
  }

  async keep(): Promise<void> {
    await this.parent.close();
  }

  /** Takes it away again; what somebody else has put in its place stays. */
  async undo(): Promise<void> {
    try {
      await removeFolder(this.draft);
      const place = `${this.parent.path}/${basename(this.target)}`;
      const now = this.#published === undefined ? undefined : await inodeOf(place).catch(() => undefined);
      if (now !== undefined && now.dev === this.#published?.dev && now.ino === this.#published.ino) {
        await removeFolder(place);
      }
      await this.parent.sync();
    } finally {
      await this.parent.close();
    }
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
}
