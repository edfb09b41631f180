import type { RawDefinition, RawOf } from "../contract/raw-definition.ts";
import type { AgentMetadata } from "../pacemaker/agent-metadata.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { parseRule, ruleElement } from "../pacemaker/rule-text.ts";
import { type XmlElement, xml } from "../xml/element.ts";
import { pairs } from "./resource-parts.ts";

type Values = Readonly<Record<string, string>>;
type Operation = NonNullable<RawOf<"primitive">["operations"]>[number];

/**
 * Puts a definition that was found to be right into a configuration. What a group or clone is made of is moved into it.
 *
 * @param metadata Of the agent, for the operations that it suggests; of a primitive that says none of its own
 * @throws HavenError cib.id, cib.value, cib.not-found
 */
export function writeRaw(editor: CibEditor, definition: RawDefinition, metadata?: AgentMetadata): void {
  switch (definition.type) {
    case "primitive":
      editor.addResource(primitive(definition, metadata));
      return;
    case "group":
      editor.addResource(container("group", definition, takeOut(editor, definition.members)));
      return;
    case "clone": {
      const { promotable, meta } = definition;
      const own = { ...meta, ...(promotable === undefined ? {} : { promotable: String(promotable) }) };
      editor.addResource(container("clone", { ...definition, meta: own }, takeOut(editor, [definition.of])));
      return;
    }
    case "tag":
      editor.add(
        editor.section("tags"),
        xml(
          "tag",
          { id: definition.id },
          definition.objects.map((id) => xml("obj_ref", { id })),
        ),
      );
      return;
    default:
      editor.addConstraint(constraint(definition));
  }
}

function takeOut(editor: CibEditor, ids: readonly string[]): readonly XmlElement[] {
  return ids.flatMap((id) => {
    const element = editor.cib.byId(id);
    if (element === undefined) return [];
    editor.cib.take(element);
    return [element];
  });
}

function primitive(definition: RawOf<"primitive">, metadata: AgentMetadata | undefined): XmlElement {
  const { id, agent, params, meta, utilization } = definition;
  const [standard = "", ...rest] = agent.split(":");
  // A unit's name may have a colon in it, an OCF agent's cannot.
  const provider = standard === "ocf" ? rest[0] : undefined;
  const type = standard === "ocf" ? rest[1] : rest.join(":");
  const operations = operationsOf(id, definition.operations ?? suggested(metadata));
  return xml("primitive", { id, class: standard, provider, type }, [
    set("instance_attributes", id, params),
    set("meta_attributes", id, meta),
    set("utilization", id, utilization),
    operations.length === 0 ? undefined : xml("operations", {}, operations),
  ]);
}

function container(
  name: "group" | "clone",
  { id, meta }: { readonly id: string; readonly meta?: Values | undefined },
  parts: readonly XmlElement[],
): XmlElement {
  return xml(name, { id }, [set("meta_attributes", id, meta), ...parts]);
}

/** Undefined where there is nothing to say. */
function set(kind: string, owner: string, values: Values | undefined): XmlElement | undefined {
  return values === undefined || Object.keys(values).length === 0
    ? undefined
    : pairs(kind, `${owner}-${kind}`, values);
}

function operationsOf(owner: string, operations: readonly Operation[]): readonly XmlElement[] {
  const taken = new Set<string>();
  return operations.map(({ name, interval = "0s", params, enabled, ...rest }) => {
    let id = `${owner}-${name}-${interval.replaceAll(/\s/g, "")}`;
    for (let n = 1; taken.has(id); n++) id = `${owner}-${name}-${interval}-${n}`;
    taken.add(id);
    return xml("op", { id, name, interval, ...rest, enabled }, [set("instance_attributes", id, params)]);
  });
}

/** Those that the cluster is not told by the agent itself; a second monitor is for another role. */
function suggested(metadata: AgentMetadata | undefined): readonly Operation[] {
  const usual = ["start", "stop", "monitor", "promote", "demote", "migrate_to", "migrate_from"];
  return (metadata?.actions ?? [])
    .filter(({ name, attributes }) => {
      const depth = attributes.get("depth");
      return usual.includes(name) && (depth === undefined || depth === "0");
    })
    .map(({ name, attributes }): Operation => {
      const [interval, timeout, role] = ["interval", "timeout", "role"].map((part) => attributes.get(part));
      return {
        name,
        ...(name === "monitor" && interval !== undefined ? { interval } : {}),
        ...(timeout === undefined ? {} : { timeout }),
        ...(isRole(role) ? { role } : {}),
      };
    });
}

function isRole(role: string | undefined): role is NonNullable<Operation["role"]> {
  return role !== undefined && /^(Master|Slave|Promoted|Unpromoted|Started|Stopped)$/.test(role);
}

function constraint(definition: RawOf<"location" | "colocation" | "order">): XmlElement {
  const { id } = definition;
  if (definition.type === "location") return location(definition);
  if (definition.type === "colocation") {
    const { resource, role, score = "INFINITY", influence, sets } = definition;
    return xml(
      "rsc_colocation",
      {
        ...{ id, score, rsc: resource, "rsc-role": role, "with-rsc": definition.with, influence },
        ...{ "with-rsc-role": definition["with-role"], "node-attribute": definition["node-attribute"] },
      },
      resourceSets(id, sets),
    );
  }
  const { type: _type, id: _id, sets, ...attributes } = definition;
  return xml("rsc_order", { id, ...attributes }, resourceSets(id, sets));
}

function location(definition: RawOf<"location">): XmlElement {
  const { id, resource, resources, node, rule, role } = definition;
  const by = definition["score-attribute"];
  const score = by === undefined ? (definition.score ?? "INFINITY") : undefined;
  const sets = resources === undefined ? [] : resourceSets(id, [{ resources }]);
  const base = { id, rsc: resource };
  const discovery = { "resource-discovery": definition["resource-discovery"] };
  const parsed = rule === undefined ? undefined : parseRule(rule);
  if (parsed === undefined || "problem" in parsed)
    return xml("rsc_location", { ...base, role, node, score, ...discovery }, sets);
  const attributes = {
    ...(role === undefined ? {} : { role }),
    ...(by === undefined ? { score: score ?? "INFINITY" } : { "score-attribute": by }),
  };
  return xml("rsc_location", { ...base, ...discovery }, [
    ...sets,
    ruleElement(parsed.rule, `${id}-rule`, attributes),
  ]);
}

function resourceSets(owner: string, sets: RawOf<"order">["sets"] = []): readonly XmlElement[] {
  return sets.map(({ resources, ...attributes }, at) =>
    xml(
      "resource_set",
      { id: `${owner}-set-${at}`, ...attributes },
      resources.map((id) => xml("resource_ref", { id })),
    ),
  );
}
