import type { Cib } from "../../pacemaker/cib.ts";
import { movesInCib } from "../../vm/move-constraint.ts";
import type { XmlElement } from "../../xml/element.ts";

export interface LeftOut {
  readonly what: string;
  readonly why: string;
}

/**
 * Takes out of constraints and tags, in place, what names resources that are not there any more, what is of tickets
 * (nobody grants them in the lab), and moves that were under way.
 */
export function labConstraints(cib: Cib, removed: ReadonlySet<string>): readonly LeftOut[] {
  const gone = new Set(removed);
  const leftOut: LeftOut[] = [];
  for (const tag of cib.section("tags")?.all("tag") ?? []) {
    keep(tag, (reference) => !gone.has(reference.get("id") ?? ""));
    if (tag.children.length === 0) gone.add(tag.get("id") ?? "");
  }
  const tags = cib.section("tags");
  if (tags !== undefined) keep(tags, (tag) => tag.children.length > 0);
  const moves = new Set(movesInCib(cib).map(({ constraint }) => constraint));
  const constraints = cib.section("constraints");
  if (constraints === undefined) return leftOut;
  keep(constraints, (constraint) => {
    const why = whyNot(constraint, gone, moves);
    if (why === undefined) return true;
    leftOut.push({ what: `${constraint.name} ${constraint.get("id") ?? ""}`, why });
    return false;
  });
  return leftOut;
}

function whyNot(
  constraint: XmlElement,
  gone: ReadonlySet<string>,
  moves: ReadonlySet<string>,
): string | undefined {
  if (constraint.name === "rsc_ticket") return "the lab has no tickets";
  if (moves.has(constraint.get("id") ?? "")) return "it was of a move that was under way";
  const named = ["rsc", "with-rsc", "first", "then"].map((name) => constraint.get(name) ?? "");
  const missing = named.find((name) => gone.has(name));
  if (missing !== undefined) return `${missing} is not in the lab`;
  const sets = constraint.all("resource_set");
  for (const set of sets) keep(set, (reference) => !gone.has(reference.get("id") ?? ""));
  keep(constraint, (child) => child.name !== "resource_set" || child.child("resource_ref") !== undefined);
  const isEmpty = sets.length > 0 && constraint.child("resource_set") === undefined;
  return isEmpty ? "none of its resources is in the lab" : undefined;
}

function keep(parent: XmlElement, holds: (child: XmlElement) => boolean): void {
  const left = parent.children.filter(holds);
  parent.children.splice(0, parent.children.length, ...left);
}
