import type { XmlElement } from "../xml/element.ts";

/** How many steps a resource may cost the scheduler. */
export const mostSteps = 2000;

/**
 * How often Pacemaker's scheduler comes by other resources when it places one: it follows colocations from each
 * resource to the next on every possible way, so that n resources that are all apart from each other cost 2^n
 * steps (seen with 2.1.5: twice 20 of them take longer than 25 s, twice 12 take 1.7 s).
 *
 * @param colocations Elements `rsc_colocation`
 * @returns For a resource's id the most steps of any resource that it is tied to, itself among them; `mostSteps` + 1
 * where it is more
 */
export function colocationWeight(colocations: readonly XmlElement[]): (resource: string) => number {
  const forward = new Map<string, Set<string>>();
  const backward = new Map<string, Set<string>>();
  const tie = (dependent: string, other: string): void => {
    forward.set(dependent, (forward.get(dependent) ?? new Set()).add(other));
    backward.set(other, (backward.get(other) ?? new Set()).add(dependent));
  };
  for (const colocation of colocations) {
    const [dependent, other] = [colocation.get("rsc"), colocation.get("with-rsc")];
    if (dependent !== undefined && other !== undefined) tie(dependent, other);
    const sets = colocation.all("resource_set").map((set) => set.children.map((one) => one.get("id") ?? ""));
    const [first = [], second] = sets;
    if (second !== undefined) for (const one of first) for (const two of second) tie(one, two);
    else tieSet(first, colocation.get("score")?.startsWith("-") === true, tie);
  }
  const known = new Map<string, number>();
  return (resource) => {
    const found = known.get(resource);
    if (found !== undefined) return found;
    const tied = tiedTo(resource, forward, backward);
    const most = Math.max(...[...tied].map((one) => Math.max(steps(one, forward), steps(one, backward))));
    for (const one of tied) known.set(one, most);
    return most;
  };
}

type Ties = ReadonlyMap<string, ReadonlySet<string>>;

/** All resources that one is tied to, by way of others too, and itself. */
function tiedTo(start: string, ...ties: readonly Ties[]): ReadonlySet<string> {
  const found = new Set([start]);
  for (const one of found) for (const some of ties) for (const next of some.get(one) ?? []) found.add(next);
  return found;
}

function tieSet(
  members: readonly string[],
  apart: boolean,
  tie: (dependent: string, other: string) => void,
): void {
  for (const [i, member] of members.entries()) {
    const before = members.slice(apart ? 0 : Math.max(0, i - 1), i);
    for (const other of before) tie(member, other);
  }
}

function steps(start: string, ties: Ties): number {
  let count = 0;
  const onTheWay = new Set<string>();
  const visit = (resource: string): void => {
    onTheWay.add(resource);
    for (const next of ties.get(resource) ?? []) {
      if (count > mostSteps) break;
      if (onTheWay.has(next)) continue;
      count += 1;
      visit(next);
    }
    onTheWay.delete(resource);
  };
  visit(start);
  return count;
}
