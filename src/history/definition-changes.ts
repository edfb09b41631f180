import type { SpecChange } from "../contract/spec-change.ts";
import { Cib } from "../pacemaker/cib.ts";
import { domainChanges } from "../vm/domain-changes.ts";
import type { ResolvedSpec } from "../vm/resolve-spec.ts";
import { specChanges } from "../vm/spec-changes.ts";
import { toCib } from "../vm/to-cib.ts";
import { xml } from "../xml/element.ts";
import { definitionsIn, type VmDefinition } from "./definition.ts";

/** How one definition differs from another. */
export interface DefinitionChanges {
  /** Fields of the specification by their names; others as `parameters.uri`, `meta.priority`, `operations`. */
  readonly fields: readonly SpecChange[];
  /** In what the domain differs though the specification is the same, in words: its XML was changed by hand. */
  readonly domain: readonly string[];
}

/** The specification of a definition; undefined where there is none, or none that can be read. */
export function specOf(definition: VmDefinition): ResolvedSpec | undefined {
  try {
    const value: unknown = JSON.parse(definition.parameters.spec ?? "");
    return typeof value === "object" && value !== null && "name" in value
      ? (value as ResolvedSpec)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * In what two definitions differ. What follows from a change of the specification (memory in the utilization, say) is
 * not said a second time.
 */
export function definitionChanges(from: VmDefinition, to: VmDefinition): DefinitionChanges {
  const [was, becomes] = [specOf(from), specOf(to)];
  const spec = specChanges(was, becomes);
  const rest = (definition: VmDefinition): unknown => {
    const { xml: _, spec: __, ...parameters } = definition.parameters;
    return { ...definition, parameters };
  };
  const derived = (own: ResolvedSpec | undefined): unknown => {
    const definition = own === undefined ? undefined : derivedFrom(own);
    return definition === undefined ? {} : rest(definition);
  };
  const follows = new Set(
    specChanges(derived(was), derived(becomes)).map((change) => JSON.stringify(change)),
  );
  const other = specChanges(rest(from), rest(to)).filter((change) => !follows.has(JSON.stringify(change)));
  return { fields: [...spec, ...other], domain: spec.length > 0 ? [] : domainDifference(from, to) };
}

function domainDifference(from: VmDefinition, to: VmDefinition): readonly string[] {
  const [was, becomes] = [from.parameters.xml, to.parameters.xml];
  if (was === becomes) return [];
  if (was === undefined) return ["its XML is new"];
  if (becomes === undefined) return ["its XML is gone"];
  try {
    const changes = domainChanges(was, becomes);
    return changes.length === 0 ? ["its XML is another text"] : changes;
  } catch {
    return ["its XML cannot be read"];
  }
}

/** The definition that a specification alone gives. */
function derivedFrom(spec: ResolvedSpec): VmDefinition | undefined {
  try {
    const resources = xml("resources", {}, [toCib(spec).primitive]);
    const cib = new Cib(xml("cib", {}, [xml("configuration", {}, [resources])]));
    return definitionsIn(cib).get(spec.name);
  } catch {
    // One of another version, or written by hand: then everything is said.
    return undefined;
  }
}
