import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { HavenError } from "../base/errors.ts";

const mostBytes = 4096;

/**
 * Reads a secret from a file of root's alone (of this user's alone, where that is not root): its first line.
 *
 * @throws HavenError notify.secret when it is not there, others can read it, or it holds no secret
 */
export function readSecret(path: string): string {
  const refuse = (why: string, hint?: string): HavenError =>
    new HavenError("notify.secret", { path, why, ...(hint === undefined ? {} : { hint }) });
  let file: number;
  try {
    // What was looked at is what is read: one handle for both. A pipe must not keep the daemon waiting.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "it cannot be opened";
    throw refuse(code === "ENOENT" ? "is not there" : `cannot be opened: ${code}`);
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw refuse("is no file");
    if (stat.uid !== 0 && stat.uid !== process.getuid?.()) {
      throw refuse("is not root's", `chown root: ${path}`);
    }
    if ((stat.mode & 0o077) !== 0) throw refuse("can be read by others", `chmod 600 ${path}`);
    if (stat.size > mostBytes) throw refuse("is too long for a secret");
    const [secret = ""] = readFileSync(file, "utf8").split(/\r?\n/);
    if (secret === "") throw refuse("is empty");
    return secret;
  } finally {
    closeSync(file);
  }
}
