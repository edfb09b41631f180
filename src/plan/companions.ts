import { type Cib, resourcesNamedBy } from "../pacemaker/cib.ts";
import { scoreOf } from "../pacemaker/score.ts";
import type { XmlElement } from "../xml/element.ts";

/** A colocation that binds a resource, as it looks from there. */
export interface Companion {
  /** The constraint's id. */
  readonly constraint: string;
  /** The other resource. */
  readonly resource: string;
  /** "apart": never on one node. "together": only where the other runs. */
  readonly how: "apart" | "together";
}

/**
 * What must be together with, or apart from, a resource: colocations of infinite score, tags resolved. Of "together"
 * only what the resource depends on: where the other one goes, it goes as well, not the other way round.
 */
export function companionsOf(cib: Cib, resource: string): readonly Companion[] {
  const found: Companion[] = [];
  for (const constraint of cib.constraints) {
    if (constraint.name !== "rsc_colocation") continue;
    const how = howOf(constraint);
    if (how === undefined) continue;
    const others = constraint.child("resource_set") === undefined ? pair : members;
    const id = constraint.get("id") ?? "";
    for (const other of others(cib, constraint, resource, how)) {
      found.push({ constraint: id, resource: other, how });
    }
  }
  return found;
}

function howOf(constraint: XmlElement): Companion["how"] | undefined {
  const score = scoreOf(constraint.get("score") ?? constraint.child("resource_set")?.get("score"));
  if (score === Number.NEGATIVE_INFINITY) return "apart";
  return score === Number.POSITIVE_INFINITY ? "together" : undefined;
}

function pair(cib: Cib, constraint: XmlElement, resource: string, how: Companion["how"]): readonly string[] {
  const own = cib.meantBy(constraint.get("rsc") ?? "");
  const others = cib.meantBy(constraint.get("with-rsc") ?? "");
  if (own.includes(resource)) return others.filter((other) => other !== resource);
  return how === "apart" && others.includes(resource) ? own : [];
}

/** Of sets: who stands beside it. Which of them follows which is the scheduler's to judge. */
function members(cib: Cib, constraint: XmlElement, resource: string): readonly string[] {
  const all = resourcesNamedBy(constraint).flatMap((name) => cib.meantBy(name));
  return all.includes(resource) ? all.filter((other) => other !== resource) : [];
}
