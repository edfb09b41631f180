import type { NodeAccess, WriteFileOptions } from "./node-access.ts";

/** A file as it should be on a node. */
export interface WantedFile extends WriteFileOptions {
  readonly path: string;
  readonly content: string;
}

/** Writes the file unless it has that content already. Returns true when it was written. */
export async function putFile(node: NodeAccess, file: WantedFile): Promise<boolean> {
  const { path, content, ...options } = file;
  if ((await node.readFile(path)) === content) return false;
  await node.writeFile(path, content, options);
  return true;
}

/** Writes those that differ, and returns their paths. */
export async function putFiles(node: NodeAccess, files: readonly WantedFile[]): Promise<readonly string[]> {
  const changed = await Promise.all(
    files.map(async (file) => ((await putFile(node, file)) ? file.path : undefined)),
  );
  return changed.filter((path) => path !== undefined);
}
