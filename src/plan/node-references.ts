import type { NamedBy } from "../contract/plan-changes.ts";
import type { Cib } from "../pacemaker/cib.ts";
import { vmNameOf } from "../vm/names.ts";
import type { XmlElement } from "../xml/element.ts";
import { nodesNamed } from "./nodes-named.ts";
import { undo } from "./undo-commands.ts";

type NodeReference = Omit<NamedBy, "node">;

/** Constraints, fencing levels and connections of a configuration that name a node. */
export function nodeReferences(cib: Cib, node: string): readonly NodeReference[] {
  return [...byConstraints(cib, node), ...byLevels(cib, node), ...byConnection(cib, node)];
}

function byConstraints(cib: Cib, node: string): readonly NodeReference[] {
  return cib.constraints.flatMap((constraint): NodeReference[] => {
    const how = howNamed(constraint, node);
    if (how === undefined) return [];
    const id = constraint.get("id") ?? "";
    const resource = constraint.get("rsc") ?? constraint.get("rsc-pattern") ?? "its resources";
    return [
      {
        ...{ kind: "constraint", id, text: `${how} (${vmNameOf(resource) ?? resource})` },
        command: undo.constraint(resource, id),
      },
    ];
  });
}

/** How a location constraint names a node; undefined where it does not. */
function howNamed(constraint: XmlElement, node: string): string | undefined {
  if (constraint.get("node") === node && constraint.name === "rsc_location")
    return `scores it ${constraint.get("score") ?? ""}`;
  return nodesNamed(constraint).includes(node) ? "names it in a rule" : undefined;
}

function byLevels(cib: Cib, node: string): readonly NodeReference[] {
  const levels = cib.section("fencing-topology")?.all("fencing-level") ?? [];
  return levels
    .filter((level) => level.get("target") === node)
    .map((level) => ({
      ...{ kind: "fencing-level", id: level.get("id") ?? "" },
      text: `level ${level.get("index") ?? ""} of its fencing, ${level.get("devices") ?? ""}`,
      command: `haven fence levels ${node} --none`,
    }));
}

/** The connection to a node of Pacemaker Remote is a resource of the node's name. */
function byConnection(cib: Cib, node: string): readonly NodeReference[] {
  const found = cib.resource(node);
  if (found?.kind !== "primitive" || found.element.get("type") !== "remote") return [];
  return [{ kind: "resource", id: node, text: "the connection to it", command: `haven raw remove ${node}` }];
}
