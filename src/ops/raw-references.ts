import { type Cib, resourcesNamedBy } from "../pacemaker/cib.ts";
import type { XmlElement } from "../xml/element.ts";

/** Constraints and tags that name one of those ids. */
export function referencesTo(cib: Cib, ids: ReadonlySet<string>): readonly XmlElement[] {
  const tags = (cib.section("tags")?.all("tag") ?? []).filter((tag) =>
    tag.all("obj_ref").some((one) => ids.has(one.get("id") ?? "")),
  );
  return [...cib.constraints.filter((one) => resourcesNamedBy(one).some((id) => ids.has(id))), ...tags];
}
