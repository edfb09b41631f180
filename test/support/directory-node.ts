import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { exec } from "../../src/base/exec.ts";
import { localNode } from "../../src/host/local-node.ts";
import type { NodeAccess } from "../../src/host/node-access.ts";

/** A node whose files are below a directory. Programs run here, with paths in /etc and /var put below it too. */
export function directoryNode(name: string, root: string): NodeAccess {
  const local = localNode();
  const below = (word: string): string => (/^\/(etc|var)\//.test(word) ? `${root}${word}` : word);
  return {
    name,
    exec: (argv, options) => exec(argv.map(below), options),
    readFile: (path) => local.readFile(`${root}${path}`),
    async writeFile(path, content, options = {}) {
      await mkdir(dirname(`${root}${path}`), { recursive: true });
      const mode = options.mode === undefined ? {} : { mode: options.mode };
      await local.writeFile(`${root}${path}`, content, mode);
    },
  };
}
