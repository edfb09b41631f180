import { stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { type Making, sizeText } from "./making.ts";

/**
 * Storage that has too little room for all that is to be made on it. What is made without being filled (a sparse file)
 * takes what it takes at once.
 *
 * @returns The makings that do not fit, with the reason
 */
export async function spaceProblems(
  makings: readonly Making[],
): Promise<readonly { readonly making: Making; readonly what: string }[]> {
  const stores = new Map<string, { readonly free: number; readonly makings: Making[] }>();
  for (const making of makings) {
    const key = making.kind === "volume" ? `group ${making.group}` : await deviceOf(dirname(making.target));
    if (key === undefined) continue;
    const store = stores.get(key) ?? { free: await freeBytes(making), makings: [] };
    store.makings.push(making);
    stores.set(key, store);
  }
  return [...stores.values()].flatMap(({ free, makings: all }) => {
    const needed = all.reduce((sum, { bytes }) => sum + bytes, 0);
    const [first] = all;
    if (needed <= free || first === undefined) return [];
    const where = first.kind === "volume" ? first.group : `the storage of ${dirname(first.target)}`;
    const what = `expected at most ${sizeText(free)}, which ${where} has left, found ${sizeText(needed)} to be made there`;
    return [{ making: first, what }];
  });
}

async function deviceOf(folder: string): Promise<string | undefined> {
  try {
    return `device ${(await stat(folder)).dev}`;
  } catch {
    // Told by another check.
    return undefined;
  }
}

async function freeBytes(making: Making): Promise<number> {
  if (making.kind === "volume") return making.groupFree;
  const { bavail, bsize } = await statfs(dirname(making.target));
  return bavail * bsize;
}
