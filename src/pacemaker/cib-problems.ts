import { type Cib, ownId, resourcesNamedBy } from "./cib.ts";

/** Something in a configuration that points nowhere or is there twice. */
export interface CibProblem {
  readonly kind: "duplicate-id" | "dangling-reference";
  /** The id of the element that has the problem. */
  readonly id: string;
  readonly text: string;
}

/**
 * Checks what the schema cannot say clearly: ids unique, and every reference (constraints, id-ref, templates,
 * tags, fencing levels) to something that is there.
 */
export function cibProblems(cib: Cib): readonly CibProblem[] {
  const problems: CibProblem[] = [];
  const ids = new Map<string, string>();
  const references: { id: string; from: string; to: string }[] = [];
  for (const element of cib.configuration.walk()) {
    const id = ownId(element);
    if (id !== undefined) {
      if (ids.has(id)) {
        problems.push({ kind: "duplicate-id", id, text: `The id '${id}' is there more than once` });
      }
      ids.set(id, element.name);
    }
    const owner = id ?? element.name;
    const reference = element.get("id-ref");
    if (reference !== undefined) references.push({ id: owner, from: `<${element.name}>`, to: reference });
    if (element.name === "primitive") {
      const template = element.get("template");
      if (template !== undefined) references.push({ id: owner, from: `Resource '${id}'`, to: template });
    } else if (element.name === "fencing-level") {
      for (const device of (element.get("devices") ?? "").split(",")) {
        if (device !== "") references.push({ id: owner, from: `Fencing level '${id}'`, to: device });
      }
    } else if (element.name.startsWith("rsc_")) {
      for (const to of resourcesNamedBy(element))
        references.push({ id: owner, from: `Constraint '${id}'`, to });
    } else if (element.name === "obj_ref") {
      references.push({ id: element.get("id") ?? "", from: "A tag", to: element.get("id") ?? "" });
    }
  }
  for (const { id, from, to } of references) {
    if (ids.has(to)) continue;
    problems.push({ kind: "dangling-reference", id, text: `${from} refers to '${to}', which is not there` });
  }
  return problems;
}
