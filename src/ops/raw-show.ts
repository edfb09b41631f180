import { Cib } from "../pacemaker/cib.ts";
import type { XmlElement } from "../xml/element.ts";
import { writeXml } from "../xml/write.ts";
import { mayBeSecret } from "./change-summary.ts";
import type { Environment } from "./environment.ts";
import { findRaw } from "./raw-find.ts";
import { type RawResource, rawIn } from "./raw-list.ts";
import { referencesTo } from "./raw-references.ts";

export interface RawDetail {
  readonly id: string;
  /** primitive, group, clone, …; location, colocation, order, ticket; tag. */
  readonly type: string;
  /** As it stands in the configuration, without values that may be secrets. */
  readonly xml: string;
  /** Ids of the constraints and tags that name it. */
  readonly namedBy: readonly string[];
  /** Of a primitive, what it does and where. */
  readonly instances: RawResource["instances"];
  /** Its failures that were not cleaned up. */
  readonly failures: readonly string[];
}

/**
 * Everything about a resource, constraint or tag that is not Haven's.
 *
 * @throws HavenError cib.not-found, raw.refused, pacemaker.*
 */
export async function rawShow(
  { pacemaker, signal }: Pick<Environment, "pacemaker" | "signal">,
  id: string,
): Promise<RawDetail> {
  const [configuration, status] = await Promise.all([
    pacemaker.queryCib({ signal, scope: "configuration" }),
    pacemaker.status({ signal, fenceHistory: "none", attributes: false, bans: false }),
  ]);
  const cib = Cib.parse(configuration);
  const element = findRaw(cib, id, "any");
  const inside = new Set([...element.walk()].map((part) => part.get("id")));
  const { resources } = rawIn(cib, status);
  return {
    ...{ id, type: element.name.replace(/^rsc_/, "") },
    xml: writeXml(withoutSecrets(element), { indent: 2 }).trimEnd(),
    namedBy: referencesTo(cib, new Set([id])).map((one) => one.get("id") ?? ""),
    instances: resources.find((one) => one.id === id)?.instances ?? [],
    failures: status.failures
      .filter(({ resource }) => inside.has(resource.replace(/:\d+$/, "")))
      .map(
        ({ resource, operation, node, exitStatus, exitReason }) =>
          `${resource}: ${operation} on ${node}: ${exitStatus}${exitReason === undefined ? "" : ` (${exitReason})`}`,
      ),
  };
}

function withoutSecrets(element: XmlElement): XmlElement {
  const copy = element.clone();
  for (const part of copy.walk()) {
    if (part.name === "nvpair" && mayBeSecret(part.get("name") ?? "")) part.set("value", "(not shown)");
  }
  return copy;
}
