import { HavenError } from "../base/errors.ts";
import { globPattern } from "../base/glob.ts";
import { nearest } from "../base/nearest.ts";
import { vmNameOf } from "../vm/names.ts";

/**
 * The VMs that words name: a name, the id of its resource, a pattern with `*` and `?`, or `label=LABEL` for all
 * that bear a label. Each VM once, in the order of the list.
 *
 * @throws HavenError vm.not-found for a word that names none
 */
export function selectVms<T extends { readonly name: string; readonly labels?: readonly string[] }>(
  vms: readonly T[],
  words: readonly string[],
): readonly T[] {
  const names = new Set(vms.map((vm) => vm.name));
  const chosen = new Set<string>();
  for (const word of words) {
    const found = word.startsWith(labelPrefix) ? bearing(vms, word) : matching(names, word);
    if (found.length === 0) {
      throw new HavenError("vm.not-found", { name: word, like: nearest(word, [...names]) });
    }
    for (const name of found) chosen.add(name);
  }
  return vms.filter((vm) => chosen.has(vm.name));
}

/** What a word that means a label begins with. */
const labelPrefix = "label=";

/** Whether a word may mean several VMs. */
export function meansSeveral(word: string): boolean {
  return word.startsWith(labelPrefix) || /[*?]/.test(word);
}

function bearing(
  vms: readonly { readonly name: string; readonly labels?: readonly string[] }[],
  word: string,
): readonly string[] {
  const label = word.slice(labelPrefix.length);
  return vms.filter(({ labels }) => labels?.includes(label) === true).map(({ name }) => name);
}

function matching(names: ReadonlySet<string>, word: string): readonly string[] {
  if (names.has(word)) return [word];
  const own = vmNameOf(word);
  if (own !== undefined && names.has(own)) return [own];
  if (!/[*?]/.test(word)) return [];
  const regex = globPattern(word);
  return [...names].filter((name) => regex.test(name));
}
