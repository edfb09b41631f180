import type { XmlElement } from "../xml/element.ts";

/** The nodes that a location constraint names, by itself and in its rules; of other constraints none. */
export function nodesNamed(constraint: XmlElement): readonly string[] {
  if (constraint.name !== "rsc_location") return [];
  const own = constraint.get("node");
  const inRules = [...constraint.walk()].flatMap((one) => {
    const isName = one.name === "expression" && one.get("attribute") === "#uname";
    return (isName ? one.get("value") : undefined) ?? [];
  });
  return own === undefined ? inRules : [own, ...inRules];
}
