import { lstat, rm } from "node:fs/promises";
import { HavenError } from "../../base/errors.ts";
import { poll } from "../../base/poll.ts";

/** How long a program that was killed may take to let go of its files. */
const patienceMs = 5000;

/**
 * Removes a folder with all that is in it. A program that was just killed may still have a file of it open: storage in
 * user space keeps that under another name until it is closed, and the folder is not empty meanwhile.
 *
 * @param remove Removes a tree as far as that can be done
 * @throws HavenError disk.failed when it is still there after five seconds
 */
export async function removeFolder(
  path: string,
  remove: (path: string) => Promise<void> = async (tree) => await rm(tree, { recursive: true, force: true }),
): Promise<void> {
  let why = "it stays";
  const gone = await poll(
    async () => {
      try {
        await remove(path);
      } catch (error) {
        why = codeOf(error);
      }
      return await isGone(path);
    },
    { timeoutMs: patienceMs, intervalMs: 50 },
  );
  if (gone !== true) throw new HavenError("disk.failed", { path, why: `it could not be removed: ${why}` });
}

async function isGone(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return false;
  } catch (error) {
    return codeOf(error) === "ENOENT";
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
