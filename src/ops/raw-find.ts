import { HavenError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { XmlElement } from "../xml/element.ts";
import { rawIn } from "./raw-list.ts";
import { havensCommand } from "./raw-owner.ts";

/**
 * The resource, constraint or tag of that id, where it is not Haven's.
 *
 * @param what "resource": resources alone
 * @throws HavenError cib.not-found, raw.refused which says with what it is changed where it is Haven's
 */
export function findRaw(cib: Cib, id: string, what: "resource" | "any"): XmlElement {
  const command = havensCommand(cib, id);
  if (command !== undefined) {
    throw new HavenError("raw.refused", { what: `${id} is Haven's own`, hint: `Change it with: ${command}` });
  }
  const { resources, constraints, tags } = rawIn(cib);
  const all = what === "resource" ? resources : [...resources, ...constraints, ...tags];
  const found = all.some((one) => one.id === id) ? cib.byId(id) : undefined;
  if (found !== undefined) return found;
  const like = nearest(
    id,
    all.map((one) => one.id),
  );
  throw new HavenError("cib.not-found", {
    what: what === "resource" ? "resource" : "resource, constraint or tag",
    ...{ name: id, like },
  });
}
