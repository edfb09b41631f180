import { parseAllDocuments, stringify } from "yaml";
import type { RawType } from "../../../src/contract/raw-definition.ts";

/** What somebody who wants something new in the raw configuration says of it; empty where nothing is said. */
export interface NewRaw {
  readonly type: RawType;
  readonly id: string;
  readonly agent: string;
  readonly params: Readonly<Record<string, string>>;
  /** Members of a group, resources of a location, objects of a tag. */
  readonly ids: readonly string[];
  /** The first or only one that it is about. */
  readonly one: string;
  /** The second one. */
  readonly other: string;
  readonly promotable: boolean;
  readonly where: "node" | "rule";
  readonly node: string;
  readonly rule: string;
  readonly score: string;
  readonly orderKind: string;
  /** Of a colocation or an order: sets in the place of two resources. */
  readonly bySets: boolean;
  readonly sets: readonly (readonly string[])[];
}

export const nothingSaidOfRaw: NewRaw = {
  ...{ type: "primitive", id: "", agent: "", params: {}, ids: [], one: "", other: "", promotable: false },
  ...{ where: "node", node: "", rule: "", score: "", orderKind: "Mandatory", bySets: false, sets: [[]] },
};

/** What is still to be said before there is a definition; undefined where nothing is. */
export function missingOfRaw(wishes: NewRaw, required: readonly string[]): string | undefined {
  const { type, agent, params, ids, one, other, where, node, rule, bySets, sets } = wishes;
  switch (type) {
    case "primitive": {
      if (agent === "") return "It needs an agent";
      const missing = required.filter((name) => (params[name] ?? "") === "");
      return missing.length === 0 ? undefined : `It needs ${missing.join(", ")}`;
    }
    case "group":
    case "tag":
      return ids.length === 0 ? "It needs at least one of them" : undefined;
    case "clone":
      return one === "" ? "It needs what it is of" : undefined;
    case "location":
      if (one === "") return "It needs a resource";
      if (where === "node") return node === "" ? "It needs a node" : undefined;
      return rule.trim() === "" ? "It needs a rule" : undefined;
    case "colocation":
    case "order":
      if (bySets) return sets.some((set) => set.length > 0) ? undefined : "It needs at least one set";
      return one === "" || other === "" ? "It needs two resources" : undefined;
  }
}

/** The definition as a person would write it. */
export function newRawText(wishes: NewRaw): string {
  const { type, id } = wishes;
  return stringify({ type, id, ...fieldsOf(wishes) }, { lineWidth: 110, keepUndefined: false });
}

function fieldsOf(wishes: NewRaw): Readonly<Record<string, unknown>> {
  const { type, agent, ids, one, other, promotable, where, node, rule, orderKind, bySets } = wishes;
  const score = wishes.score.trim() === "" ? undefined : numberOr(wishes.score.trim());
  const sets = wishes.sets.filter((set) => set.length > 0).map((resources) => ({ resources }));
  switch (type) {
    case "primitive": {
      const given = Object.entries(wishes.params).filter(([, value]) => value !== "");
      return { agent, params: given.length === 0 ? undefined : Object.fromEntries(given) };
    }
    case "group":
      return { members: ids };
    case "clone":
      return { of: one, promotable: promotable ? true : undefined };
    case "location":
      return { resource: one, ...(where === "node" ? { node } : { rule: rule.trim() }), score };
    case "colocation":
      return { ...(bySets ? { sets } : { resource: one, with: other }), score };
    case "order": {
      const kind = orderKind === "Mandatory" ? undefined : orderKind;
      // biome-ignore lint/suspicious/noThenProperty: so Pacemaker calls it; nobody awaits a definition
      return { ...(bySets ? { sets } : { first: one, then: other }), kind };
    }
    case "tag":
      return { objects: ids };
  }
}

function numberOr(text: string): number | string {
  return /^-?\d{1,7}$/.test(text) ? Number(text) : text;
}

/** The definitions that a text has, or what is wrong with it. */
export function definitionsIn(
  text: string,
): { readonly definitions: readonly Readonly<Record<string, unknown>>[] } | { readonly problem: string } {
  const documents = parseAllDocuments(text, { prettyErrors: false });
  const all = Array.isArray(documents) ? documents : [];
  const wrong = all.flatMap(({ errors }) => errors)[0];
  if (wrong !== undefined) return { problem: wrong.message };
  try {
    const values = all.map((one): unknown => one.toJS({ maxAliasCount: 100 })).filter((one) => one !== null);
    if (values.length === 0) return { problem: "There is no definition" };
    if (!values.every(isFields)) return { problem: "Each definition is fields and their values" };
    return { definitions: values };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
