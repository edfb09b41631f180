import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { exec, run } from "../base/exec.ts";
import type { NodeAccess } from "./node-access.ts";

/** This machine, reached as itself. */
export function localNode(): NodeAccess {
  return {
    name: hostname(),
    exec,
    async readFile(path) {
      try {
        return await readFile(path, "utf8");
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
      }
    },
    async writeFile(path, content, options = {}) {
      await mkdir(dirname(path), { recursive: true });
      const temporary = `${path}.haven-${process.pid}`;
      try {
        // Nobody may read a secret in the moment before its mode is set.
        await writeFile(temporary, content, { mode: 0o600, flag: "wx" });
        if (options.owner !== undefined) await run(["chown", "--", options.owner, temporary]);
        await chmod(temporary, options.mode ?? 0o644);
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
  };
}
