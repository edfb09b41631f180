import { HavenError } from "../base/errors.ts";
import { globPattern } from "../base/glob.ts";
import { nearest } from "../base/nearest.ts";

/**
 * The nodes that words name: names, or patterns with `*` and `?`. Each once, in the order of the list.
 *
 * @throws HavenError cib.not-found for a word that names none
 */
export function selectNodes(names: readonly string[], words: readonly string[]): readonly string[] {
  const chosen = new Set<string>();
  for (const word of words) {
    const pattern = globPattern(word);
    const found = names.filter((name) => name === word || pattern.test(name));
    if (found.length === 0) {
      throw new HavenError("cib.not-found", { what: "node", name: word, like: nearest(word, names) });
    }
    for (const name of found) chosen.add(name);
  }
  return names.filter((name) => chosen.has(name));
}
