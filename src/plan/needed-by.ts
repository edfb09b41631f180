import { type Cib, resourcesNamedBy } from "../pacemaker/cib.ts";
import { scoreOf } from "../pacemaker/score.ts";
import type { XmlElement } from "../xml/element.ts";

/**
 * The resources that some need, directly or through others: those whose node they run on, and those that are to be up
 * before them. Of constraints with sets each resource counts as needing all others.
 *
 * @returns for each that is needed the one that needs it; those that were asked about are left out
 */
export function neededBy(cib: Cib, resources: Iterable<string>): ReadonlyMap<string, string> {
  const needs = new Map<string, Set<string>>();
  const add = (who: string, what: string): void => {
    for (const one of cib.meantBy(who)) {
      const found = needs.get(one) ?? new Set();
      for (const other of cib.meantBy(what)) if (other !== one) found.add(other);
      needs.set(one, found);
    }
  };
  for (const constraint of cib.constraints) {
    for (const [who, what] of pairsOf(constraint)) add(who, what);
  }
  const first = new Set(resources);
  const found = new Map<string, string>();
  const open = [...first];
  for (let who = open.pop(); who !== undefined; who = open.pop()) {
    for (const what of needs.get(who) ?? []) {
      if (first.has(what) || found.has(what)) continue;
      found.set(what, who);
      open.push(what);
    }
  }
  return found;
}

/** Who needs whom by a constraint. */
function pairsOf(constraint: XmlElement): readonly (readonly [string, string])[] {
  if (!isFirm(constraint)) return [];
  const names = resourcesNamedBy(constraint);
  if (constraint.all("resource_set").length > 0) {
    return names.flatMap((one) => names.flatMap((other) => (one === other ? [] : [[one, other] as const])));
  }
  const [who, what] =
    constraint.name === "rsc_order"
      ? [constraint.get("then"), constraint.get("first")]
      : [constraint.get("rsc"), constraint.get("with-rsc")];
  return who === undefined || what === undefined ? [] : [[who, what]];
}

function isFirm(constraint: XmlElement): boolean {
  if (constraint.name === "rsc_order") {
    const action = constraint.get("first-action") ?? "start";
    const kind = constraint.get("kind") ?? "Mandatory";
    const isSoft = scoreOf(constraint.get("score") ?? "INFINITY") <= 0;
    return /^mandatory$/i.test(kind) && !isSoft && (action === "start" || action === "promote");
  }
  if (constraint.name !== "rsc_colocation") return false;
  const scores = [constraint, ...constraint.all("resource_set")].map((one) => scoreOf(one.get("score")));
  return scores.includes(Number.POSITIVE_INFINITY);
}
