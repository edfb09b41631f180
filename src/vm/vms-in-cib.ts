import type { ShedBy } from "../contract/power-state.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { XmlElement } from "../xml/element.ts";
import { vmNameOf } from "./names.ts";
import type { ResolvedSpec } from "./resolve-spec.ts";
import { shedMark } from "./shed-mark.ts";
import { vmAgent } from "./vm-template.ts";

/** A VM as the CIB has it. */
export interface VmEntry {
  readonly name: string;
  readonly resource: string;
  readonly element: XmlElement;
  /** The domain XML; undefined where the resource keeps it in a file (`config`) or has none. */
  readonly xml: string | undefined;
  /** The specification; undefined where there is none or it cannot be read. */
  readonly spec: ResolvedSpec | undefined;
  readonly memory: number | undefined;
  readonly cpu: number | undefined;
  readonly targetRole: string | undefined;
  /** Marked as shut down for want of power (`shedMark`); somebody may have started it since. */
  readonly shed: ShedBy | undefined;
  readonly managed: boolean;
  readonly migratable: boolean;
  readonly priority: number;
  /** The groups and clones around it. */
  readonly inside: readonly string[];
}

/** The VMs of a configuration, in its order. */
export function vmsInCib(cib: Cib): readonly VmEntry[] {
  const entries: VmEntry[] = [];
  const defaults = cib.resourceDefaults;
  for (const { id, kind, element, inside } of cib.resources) {
    const name = vmNameOf(id);
    if (kind !== "primitive" || name === undefined || element.get("type") !== vmAgent.type) continue;
    if (element.get("provider") !== vmAgent.provider) continue;
    const parameters = cib.nvpairs(element, "instance_attributes");
    const own = cib.nvpairs(element, "meta_attributes");
    const meta = (name: string): string | undefined => own.get(name) ?? defaults.get(name);
    const utilization = cib.nvpairs(element, "utilization");
    entries.push({
      name,
      resource: id,
      element,
      xml: parameters.get("xml"),
      spec: readSpec(parameters.get("spec")),
      memory: wholeNumber(utilization.get("memory")),
      cpu: wholeNumber(utilization.get("cpu")),
      targetRole: meta("target-role"),
      shed: shedBy(own.get(shedMark)),
      managed: meta("is-managed") !== "false",
      migratable: meta("allow-migrate") === "true",
      priority: Number(meta("priority") ?? 0) || 0,
      inside,
    });
  }
  return entries;
}

function shedBy(text: string | undefined): ShedBy | undefined {
  return text === undefined ? undefined : text === "ups" ? "ups" : "person";
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

/**
 * The specification as it was stored. Only its outline is checked: whoever can write the CIB is root on every
 * node, and what is made from it again goes through the schema.
 */
function readSpec(text: string | undefined): ResolvedSpec | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    if (!("name" in value) || typeof value.name !== "string") return undefined;
    if (!("uuid" in value) || typeof value.uuid !== "string") return undefined;
    return value as ResolvedSpec;
  } catch {
    return undefined;
  }
}
