import { type Cib, resourcesNamedBy } from "../pacemaker/cib.ts";
import { patternMatches } from "../pacemaker/pattern-matches.ts";
import { scoreOf } from "../pacemaker/score.ts";
import type { XmlElement } from "../xml/element.ts";

/** Which resources are bound by constraints that only the scheduler can weigh; read once for all of them. */
export class Bonds {
  readonly #bound = new Map<string, string>();
  readonly #patterns: { readonly pattern: string; readonly why: string }[] = [];

  constructor(cib: Cib) {
    for (const constraint of cib.constraints) {
      const why = whyBound(constraint);
      if (why === undefined) continue;
      const pattern = constraint.get("rsc-pattern");
      if (pattern !== undefined) this.#patterns.push({ pattern, why });
      for (const name of resourcesNamedBy(constraint)) {
        for (const resource of cib.meantBy(name)) this.#bound.set(resource, why);
      }
    }
  }

  /** Why arithmetic cannot tell where a resource may go, to be read after its name; undefined where it can. */
  of(resource: string): string | undefined {
    const found = this.#bound.get(resource);
    if (found !== undefined) return found;
    // A pattern that cannot be read binds everything, for all that is known.
    return this.#patterns.find(({ pattern }) => patternMatches(pattern, resource) ?? true)?.why;
  }
}

function whyBound(constraint: XmlElement): string | undefined {
  const scores = [constraint, ...constraint.all("rule"), ...constraint.all("resource_set")];
  const isFirm = scores.some((one) => Math.abs(scoreOf(one.get("score"))) === Number.POSITIVE_INFINITY);
  switch (constraint.name) {
    case "rsc_location": {
      const never = scores.some((one) => scoreOf(one.get("score")) === Number.NEGATIVE_INFINITY);
      return never ? `is bound by ${constraint.get("id")}` : undefined;
    }
    case "rsc_colocation":
      return isFirm ? "is to be with, or apart from, others" : undefined;
    case "rsc_order":
    case "rsc_ticket":
      return "waits for others, or others for it";
    default:
      return undefined;
  }
}
