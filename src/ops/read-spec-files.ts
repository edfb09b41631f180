import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { HavenError } from "../base/errors.ts";
import type { SpecText } from "../vm/read-spec.ts";

const maxBytes = 1024 * 1024;

/**
 * Reads specification files; `-` is standard input, and a folder is all `.yaml` and `.yml` files in it, not below it.
 *
 * @throws HavenError vm.invalid with every file that cannot be read
 */
export async function readSpecFiles(paths: readonly string[]): Promise<readonly SpecText[]> {
  const problems: string[] = [];
  const texts: SpecText[] = [];
  const read = async (path: string, deeper: boolean): Promise<void> => {
    try {
      if (path === "-") {
        texts.push({ file: "standard input", text: await Bun.stdin.text() });
        return;
      }
      const facts = await stat(path);
      if (facts.isDirectory() && deeper) {
        const names = (await readdir(path)).filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort();
        if (names.length === 0)
          problems.push(`${path}: expected files that end with .yaml in it, found none`);
        for (const name of names) await read(join(path, name), false);
      } else if (facts.size > maxBytes) {
        problems.push(`${path}: expected a file of at most 1 MiB, found ${facts.size} bytes`);
      } else {
        texts.push({ file: path, text: await readFile(path, "utf8") });
      }
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause ? cause.code : cause;
      const why = code === "ENOENT" ? "does not exist" : code === "EISDIR" ? "is a directory" : String(code);
      problems.push(`${path}: expected a file, but it ${why}`);
    }
  };
  for (const path of paths) await read(path, true);
  if (problems.length > 0) throw new HavenError("vm.invalid", { problems });
  return texts;
}
