import type { Cib } from "../pacemaker/cib.ts";
import type { CibEditor, NvValues } from "../pacemaker/cib-editor.ts";
import { restartParameter } from "../vm/restart-parameter.ts";
import { shedMark } from "../vm/shed-mark.ts";
import { vmTemplateIds } from "../vm/vm-template.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { type XmlElement, xml } from "../xml/element.ts";

type Values = Readonly<Record<string, string>>;

/**
 * Everything that a VM's resource says of itself, whoever wrote it. Whether it is to run is no part of it: a start or
 * a stop makes no new version.
 */
export interface VmDefinition {
  /** The domain's XML, the specification, and policies that stand beside it. */
  readonly parameters: Values;
  readonly meta: Values;
  readonly utilization: Values;
  /** Attributes of its operations without their ids; undefined where it has those that all VMs share. */
  readonly operations?: readonly Values[];
}

/** Meta attributes that say what is to be done with a VM now, not what it is. */
const runMeta: ReadonlySet<string> = new Set([...["target-role", "is-managed", "maintenance"], shedMark]);

/** The same among its parameters. */
const runParameters: ReadonlySet<string> = new Set([restartParameter]);

/** The definitions of all VMs of a configuration, by name. */
export function definitionsIn(cib: Cib): ReadonlyMap<string, VmDefinition> {
  return new Map(vmsInCib(cib).map(({ name, element }) => [name, definitionOf(cib, element)]));
}

function definitionOf(cib: Cib, element: XmlElement): VmDefinition {
  const operations = element.child("operations");
  return {
    parameters: sorted(ownParameters(cib, element)),
    meta: sorted(ownMeta(element)),
    utilization: sorted(cib.nvpairs(element, "utilization")),
    ...(operations === undefined || operations.get("id-ref") !== undefined
      ? {}
      : { operations: operations.all("op").map(attributesOf) }),
  };
}

/** What is shared with all VMs is left out: a change of it is none of the VM's. */
function ownMeta(element: XmlElement): Map<string, string> {
  const found = new Map<string, string>();
  for (const set of element.all("meta_attributes")) {
    if (set.get("id-ref") !== undefined) continue;
    for (const pair of set.all("nvpair")) {
      const [name, value] = [pair.get("name"), pair.get("value")];
      if (name !== undefined && value !== undefined && !runMeta.has(name)) found.set(name, value);
    }
  }
  return found;
}

function ownParameters(cib: Cib, element: XmlElement): Map<string, string> {
  const all = cib.nvpairs(element, "instance_attributes");
  return new Map([...all].filter(([name]) => !runParameters.has(name)));
}

function attributesOf(operation: XmlElement): Values {
  return sorted(new Map([...operation.entries()].filter(([name]) => name !== "id")));
}

/** In one order, so that equal definitions are equal texts. */
function sorted(values: ReadonlyMap<string, string>): Values {
  return Object.fromEntries([...values].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/**
 * Makes a VM's resource what the definition says, to the letter; whether it is to run stays as it is.
 *
 * @throws HavenError cib.value when a value cannot be kept in a CIB
 */
export function restoreDefinition(editor: CibEditor, resource: string, definition: VmDefinition): void {
  const element = editor.cib.byId(resource);
  if (element === undefined) return;
  const has = {
    instance_attributes: () => ownParameters(editor.cib, element),
    meta_attributes: () => ownMeta(element),
    utilization: () => editor.cib.nvpairs(element, "utilization"),
  };
  const set = (kind: keyof typeof has, to: Values): void => {
    const now = has[kind]();
    const gone = Object.fromEntries([...now.keys()].map((name) => [name, undefined]));
    const values: NvValues = { ...gone, ...to };
    if (Object.keys(values).length > 0) editor.setNvpairs(resource, kind, values);
  };
  set("instance_attributes", definition.parameters);
  set("meta_attributes", definition.meta);
  set("utilization", definition.utilization);
  const now = definitionOf(editor.cib, element).operations;
  if (JSON.stringify(now) === JSON.stringify(definition.operations)) return;
  for (const present of element.all("operations")) editor.cib.take(present);
  editor.add(element, operationsElement(resource, definition.operations));
}

function operationsElement(resource: string, operations: VmDefinition["operations"]): XmlElement {
  if (operations === undefined) return xml("operations", { "id-ref": vmTemplateIds.operations });
  const id = `${resource}.ops`;
  const several = (name: string | undefined): boolean =>
    operations.filter((one) => one.name === name).length > 1;
  return xml(
    "operations",
    { id },
    operations.map((one) =>
      xml("op", { id: `${id}-${one.name}${several(one.name) ? `-${one.interval}` : ""}`, ...one }),
    ),
  );
}
