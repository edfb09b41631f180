import { exec } from "../base/exec.ts";
import type { NodeAccess } from "./node-access.ts";
import { sshOptions } from "./ssh-options.ts";

/** Runs programs on another node by SSH, as the user who runs this; ssh's own failure is the exit code 255. */
export function sshNode(name: string): Pick<NodeAccess, "name" | "exec"> {
  return {
    name,
    exec: (argv, options) => exec(["ssh", ...sshOptions, "--", name, shellWords(argv)], options),
  };
}

/** SSH hands one string to the other side's shell: each word is quoted, so that it is read as the word that it was. */
export function shellWords(argv: readonly string[]): string {
  return argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}
