import { open, stat } from "node:fs/promises";
import { hostname } from "node:os";
import type { Environment } from "./environment.ts";

/** The folder of console logs on a node. */
export interface LogFolder {
  /** What a file holds from that byte on; undefined where there is none. @throws HavenError, LibvirtError */
  read(name: string, from?: number): Promise<Uint8Array | undefined>;
  /** When it was written last, ms since 1970; undefined where there is none, or it is not known. */
  modified(name: string): Promise<number | undefined>;
  /** Sees files that have come since. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a folder of a node: this one's as files, another's through its libvirt.
 *
 * @throws HavenError libvirt.*, LibvirtError where the other node cannot be asked
 */
export async function openLogFolder(
  environment: Environment,
  node: string,
  folder: string,
): Promise<LogFolder> {
  if (node === hostname()) return localFolder(folder);
  const { RemoteFolder } = await import("../libvirt/remote-folder.ts");
  // Without the signal: what was made there is taken away also after Ctrl-C.
  return await RemoteFolder.open(await environment.libvirt(node), folder, { timeoutMs: 10_000 });
}

/** A folder of this machine. */
export function localFolder(folder: string): LogFolder {
  return {
    async read(name, from = 0) {
      try {
        const file = await open(`${folder}/${name}`, "r");
        try {
          const { size } = await file.stat();
          const bytes = new Uint8Array(Math.max(0, size - from));
          const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
          return bytes.subarray(0, bytesRead);
        } finally {
          await file.close();
        }
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async modified(name) {
      try {
        return (await stat(`${folder}/${name}`)).mtimeMs;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    refresh: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
