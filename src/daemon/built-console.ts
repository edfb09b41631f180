import { readdirSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dir, "../../dist/console");

/**
 * Where the web console's files are, gzip'ed, by the paths that they are asked for with. From source they are those of
 * the last build, none at all without one; `scripts/build.ts` has another module in the place of this one, which names
 * what is embedded in the executable.
 */
export function builtConsole(): Readonly<Record<string, string>> {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(".gz"));
    return Object.fromEntries(names.map((name) => [`/${name.slice(0, -".gz".length)}`, join(folder, name)]));
  } catch {
    return {};
  }
}
