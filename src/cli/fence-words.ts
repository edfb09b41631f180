import { stat } from "node:fs/promises";
import { HavenError } from "../base/errors.ts";
import type { FenceHost } from "../ops/fence-devices.ts";

/**
 * Reads `--for NODE`, `--for NODE=OUTLET,OUTLET`.
 *
 * @throws HavenError usage
 */
export function readHosts(words: readonly string[]): readonly FenceHost[] {
  return words.map((word) => {
    const at = word.indexOf("=");
    const node = at < 0 ? word : word.slice(0, at);
    const plugs = at < 0 ? [] : word.slice(at + 1).split(",");
    if (node === "" || plugs.some((plug) => plug.trim() === "")) {
      throw new HavenError("usage", { what: `--for: expected NODE or NODE=OUTLET, found '${word}'` });
    }
    return { node, plugs };
  });
}

/**
 * Reads `--set NAME=VALUE`.
 *
 * @throws HavenError usage
 */
export function readValues(words: readonly string[], option = "--set"): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const word of words) {
    const at = word.indexOf("=");
    const name = word.slice(0, Math.max(0, at));
    if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(name)) {
      throw new HavenError("usage", {
        what: `${option}: expected NAME=VALUE, found '${at < 0 ? word : name}'`,
      });
    }
    const key = name.replaceAll("-", "_");
    if (Object.hasOwn(values, key))
      throw new HavenError("usage", { what: `${option}: ${name} stands there twice` });
    values[key] = word.slice(at + 1);
  }
  return values;
}

/**
 * Reads secrets from files that only their owner may read, without the line's end. `-` is standard input, for one.
 *
 * @throws HavenError usage
 */
export async function readSecretFiles(
  files: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const secrets: Record<string, string> = {};
  for (const [name, path] of Object.entries(files)) {
    secrets[name] = oneLine(name, path === "-" ? await Bun.stdin.text() : await readPrivate(name, path));
  }
  return secrets;
}

async function readPrivate(name: string, path: string): Promise<string> {
  const wrong = (what: string, hint?: string): HavenError =>
    new HavenError("usage", {
      what: `--secret-file ${name}: ${path} ${what}`,
      ...(hint === undefined ? {} : { hint }),
    });
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) throw wrong("cannot be read");
  if (!facts.isFile() || facts.size > 4096) throw wrong("is no file of at most 4096 bytes");
  if ((facts.mode & 0o077) !== 0) throw wrong("can be read by others", `chmod 600 ${path}`);
  return await Bun.file(path).text();
}

/** A secret as it is used: one line of it. @throws HavenError usage */
export function oneLine(name: string, text: string): string {
  const value = text.replace(/\r?\n$/, "");
  if (value === "" || /[\p{Cc}]/u.test(value)) {
    throw new HavenError("usage", {
      what: `${name}: expected one line of text, found ${value === "" ? "nothing" : "control characters or several lines"}`,
    });
  }
  return value;
}
