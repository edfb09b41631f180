import type { PlacementSpec } from "../contract/spec-placement.ts";
import { type Cib, resourcesNamedBy } from "../pacemaker/cib.ts";
import { scoreOf } from "../pacemaker/score.ts";
import type { XmlElement } from "../xml/element.ts";
import type { ForeignVm } from "./foreign-vms.ts";
import type { Other } from "./placement.ts";

interface CarriedPlacement {
  readonly placement: PlacementSpec;
  /** Ids of the constraints that it says. */
  readonly placed: readonly string[];
  readonly notes: readonly string[];
}

interface Found {
  readonly prefer: { readonly node: string; readonly score: number }[];
  readonly onlyOn: string[];
  readonly neverOn: string[];
  readonly apart: Other[];
  readonly together: Other[];
  readonly after: NonNullable<PlacementSpec["after"]>;
}

/** What constraints of a VM's resource, or of a group that is nothing but it, are as a placement. */
export function carryPlacement(
  cib: Cib,
  vm: ForeignVm,
  others: ReadonlyMap<string, string>,
): CarriedPlacement {
  const own = new Set(namesOf(vm));
  const found: Found = { prefer: [], onlyOn: [], neverOn: [], apart: [], together: [], after: [] };
  const placed: string[] = [];
  const notes: string[] = [];
  // What keeps a resource where it is: below that a preference moves nothing.
  const weight = scoreOf(cib.resourceDefaults.get("resource-stickiness") ?? "1");
  for (const constraint of cib.constraints) {
    const id = constraint.get("id") ?? "";
    if (hasLostPattern(constraint, vm.id))
      notes.push(`${id} meant ${vm.id} by a pattern (${constraint.get("rsc-pattern")}): it no longer does`);
    if (!resourcesNamedBy(constraint).some((one) => own.has(one))) continue;
    if (carry(constraint, own, others, weight, found)) placed.push(id);
    else notes.push(`constraint kept: ${id}`);
  }
  return { placement: placementOf(found), placed, notes };
}

/** The resources whose constraints are the VM's: itself, and the group that holds it alone. */
export function namesOf({ id, group }: ForeignVm): readonly string[] {
  return group?.others.length === 0 ? [id, group.id] : [id];
}

function placementOf({ prefer, onlyOn, neverOn, apart, together, after }: Found): PlacementSpec {
  const nodes = prefer.sort((a, b) => b.score - a.score).map(({ node }) => node);
  return {
    ...(nodes.length === 0 ? {} : { prefer: [...new Set(nodes)] }),
    ...(onlyOn.length === 0 ? {} : { "only-on": onlyOn }),
    ...(neverOn.length === 0 ? {} : { "never-on": [...new Set(neverOn)] }),
    ...(apart.length === 0 ? {} : { "apart-from": apart }),
    ...(together.length === 0 ? {} : { "together-with": together }),
    ...(after.length === 0 ? {} : { after }),
  };
}

/** Puts the constraint among what was found; false where no field means the same. */
function carry(
  constraint: XmlElement,
  own: ReadonlySet<string>,
  others: ReadonlyMap<string, string>,
  weight: number,
  found: Found,
): boolean {
  const known = new Set(["id", ...(plainAttributes[constraint.name] ?? [])]);
  if ([...constraint.entries()].some(([name]) => !known.has(name))) return false;
  if (constraint.name === "rsc_location") return carryLocation(constraint, weight, found);
  if (constraint.children.length > 0) return false;
  if (constraint.name === "rsc_colocation") return carryColocation(constraint, own, others, weight, found);
  if (constraint.name === "rsc_order") return carryOrder(constraint, own, others, found);
  return false;
}

const plainAttributes: Readonly<Record<string, readonly string[]>> = {
  rsc_location: ["rsc", "node", "score"],
  rsc_colocation: ["rsc", "with-rsc", "score"],
  rsc_order: ["first", "then", "kind", "score", "symmetrical", "first-action", "then-action"],
};

function carryLocation(constraint: XmlElement, weight: number, found: Found): boolean {
  const node = constraint.get("node");
  const score = scoreOf(constraint.get("score"));
  if (node !== undefined && constraint.children.length === 0) {
    if (score === Number.NEGATIVE_INFINITY) found.neverOn.push(node);
    else if (score > 0 && score < weight) found.prefer.push({ node, score });
    else return false;
    return true;
  }
  const [rule, ...more] = constraint.children;
  if (rule?.name !== "rule" || more.length > 0 || found.onlyOn.length > 0) return false;
  if (scoreOf(rule.get("score")) !== Number.NEGATIVE_INFINITY || rule.get("role") !== undefined) return false;
  if (rule.children.length > 1 && rule.get("boolean-op") === "or") return false;
  const isNode = (one: XmlElement): boolean =>
    one.name === "expression" &&
    one.get("attribute") === "#uname" &&
    one.get("operation") === "ne" &&
    one.get("value-source") === undefined;
  if (rule.children.length === 0 || !rule.children.every(isNode)) return false;
  found.onlyOn.push(...rule.children.map((one) => one.get("value") ?? ""));
  return true;
}

function carryColocation(
  constraint: XmlElement,
  own: ReadonlySet<string>,
  others: ReadonlyMap<string, string>,
  weight: number,
  found: Found,
): boolean {
  const vm = others.get(constraint.get("with-rsc") ?? "");
  const score = scoreOf(constraint.get("score"));
  if (vm === undefined || !own.has(constraint.get("rsc") ?? "")) return false;
  if (score === Number.NEGATIVE_INFINITY) found.apart.push({ vm });
  else if (score === Number.POSITIVE_INFINITY) found.together.push({ vm });
  else if (score < 0 && -score < weight) found.apart.push({ vm, strength: "should" });
  else if (score > 0 && score < weight) found.together.push({ vm, strength: "should" });
  else return false;
  return true;
}

/** Haven's `after` is for the start; the usual order of Pacemaker also stops what came later. */
function carryOrder(
  constraint: XmlElement,
  own: ReadonlySet<string>,
  others: ReadonlyMap<string, string>,
  found: Found,
): boolean {
  const vm = others.get(constraint.get("first") ?? "");
  if (vm === undefined || !own.has(constraint.get("then") ?? "")) return false;
  if (constraint.get("symmetrical") !== "false" || constraint.get("score") !== undefined) return false;
  const plain = ["first-action", "then-action"].every(
    (name) => (constraint.get(name) ?? "start") === "start",
  );
  const kind = constraint.get("kind") ?? "Mandatory";
  if (!plain || (kind !== "Mandatory" && kind !== "Optional")) return false;
  found.after.push(kind === "Optional" ? { vm, strength: "should" } : { vm });
  return true;
}

function hasLostPattern(constraint: XmlElement, id: string): boolean {
  const pattern = constraint.get("rsc-pattern");
  if (pattern === undefined) return false;
  try {
    return new RegExp(pattern).test(id);
  } catch {
    return false;
  }
}
