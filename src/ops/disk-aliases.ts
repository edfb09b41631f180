import { stat } from "node:fs/promises";
import type { Environment } from "./environment.ts";

/** How long storage may take to answer; what does not is known by its path alone. */
const patienceMs = 5000;

/**
 * What is behind paths, as this node sees it: two paths with a key in common lead to the same device or file, by
 * links, bind mounts or whatever. Paths that lead nowhere here are left out. Without a live cluster nothing is asked.
 */
export async function diskAliases(
  environment: Pick<Environment, "isLive">,
  paths: Iterable<string>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const aliases = new Map<string, readonly string[]>();
  if (!environment.isLive) return aliases;
  const asked = [...new Set(paths)]
    .filter((path) => path.startsWith("/"))
    .map(async (path) => {
      try {
        const facts = await stat(path, { bigint: true });
        const key = facts.isBlockDevice() ? `device ${facts.rdev}` : `inode ${facts.dev} ${facts.ino}`;
        aliases.set(path, [key]);
      } catch {
        // Not there, or not to be seen from here: other checks tell.
      }
    });
  let timer: Timer | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs);
  });
  await Promise.race([Promise.all(asked), patience]);
  clearTimeout(timer);
  return new Map(aliases);
}
