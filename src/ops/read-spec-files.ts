import { readFile, stat } from "node:fs/promises";
import { HavenError } from "../base/errors.ts";
import type { SpecText } from "../vm/read-spec.ts";

const maxBytes = 1024 * 1024;

/**
 * Reads specification files; `-` is standard input.
 *
 * @throws HavenError vm.invalid with every file that cannot be read
 */
export async function readSpecFiles(paths: readonly string[]): Promise<readonly SpecText[]> {
  const problems: string[] = [];
  const texts: SpecText[] = [];
  for (const path of paths) {
    try {
      if (path === "-") {
        texts.push({ file: "standard input", text: await Bun.stdin.text() });
        continue;
      }
      const { size } = await stat(path);
      if (size > maxBytes) problems.push(`${path}: expected a file of at most 1 MiB, found ${size} bytes`);
      else texts.push({ file: path, text: await readFile(path, "utf8") });
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause ? cause.code : cause;
      const why = code === "ENOENT" ? "does not exist" : code === "EISDIR" ? "is a directory" : String(code);
      problems.push(`${path}: expected a file, but it ${why}`);
    }
  }
  if (problems.length > 0) throw new HavenError("vm.invalid", { problems });
  return texts;
}
