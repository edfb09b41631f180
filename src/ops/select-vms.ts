import { HavenError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { vmNameOf } from "../vm/names.ts";

/**
 * The VMs that words name: a name, the id of its resource, or a pattern with `*` and `?`. Each VM once, in the
 * order of the list.
 *
 * @throws HavenError vm.not-found for a word that names none
 */
export function selectVms<T extends { readonly name: string }>(
  vms: readonly T[],
  words: readonly string[],
): readonly T[] {
  const names = new Set(vms.map((vm) => vm.name));
  const chosen = new Set<string>();
  for (const word of words) {
    const found = matching(names, word);
    if (found.length === 0) {
      throw new HavenError("vm.not-found", { name: word, like: nearest(word, [...names]) });
    }
    for (const name of found) chosen.add(name);
  }
  return vms.filter((vm) => chosen.has(vm.name));
}

function matching(names: ReadonlySet<string>, word: string): readonly string[] {
  if (names.has(word)) return [word];
  const own = vmNameOf(word);
  if (own !== undefined && names.has(own)) return [own];
  if (!/[*?]/.test(word)) return [];
  const pattern = [...word].map((c) =>
    c === "*" ? ".*" : c === "?" ? "." : c.replace(/[^A-Za-z0-9-]/g, "\\$&"),
  );
  const regex = new RegExp(`^${pattern.join("")}$`);
  return [...names].filter((name) => regex.test(name));
}
