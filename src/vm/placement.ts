import type { PlacementSpec } from "../contract/spec-placement.ts";
import { resourcesNamedBy } from "../pacemaker/cib.ts";
import { type XmlElement, xml } from "../xml/element.ts";
import { vmDefaults } from "./defaults.ts";
import { resourceId } from "./names.ts";

/** A VM as its placement sees it. */
export interface PlacedVm {
  readonly name: string;
  readonly labels?: readonly string[] | undefined;
  readonly placement?: PlacementSpec | undefined;
}

/** Another VM, or all that bear a label, as a placement names them. */
export type Other = NonNullable<PlacementSpec["apart-from"]>[number];

const kinds = ["prefer", "only-on", "never-on", "apart-from", "together-with", "after"] as const;

/** Whether a constraint is one that Haven makes of that VM's placement; the one that moves it is none. */
export function isPlacementOf(name: string, constraintId: string): boolean {
  const prefix = `${resourceId(name)}.`;
  if (!constraintId.startsWith(prefix)) return false;
  const rest = constraintId.slice(prefix.length);
  return kinds.some((kind) => rest === kind || rest.startsWith(`${kind}.`));
}

/** Whether a constraint is one that Haven makes of the placement of all VMs that a label connects. */
export function isPlacementOfLabel(constraintId: string): boolean {
  return constraintId.startsWith("vms.apart-from.") || constraintId.startsWith("vms.together-with.");
}

/** The resource that a constraint of a VM's placement names beside its own; undefined where it names nodes. */
export function otherOf(name: string, constraint: XmlElement): string | undefined {
  return resourcesNamedBy(constraint).find((resource) => resource !== resourceId(name));
}

/**
 * The constraints that a VM's placement makes with nodes and with VMs that it names; those by label are made for
 * all VMs together by `labelConstraints`.
 */
export function vmConstraints({ name, placement = {} }: PlacedVm): readonly XmlElement[] {
  const id = resourceId(name);
  return [
    ...(placement.prefer ?? []).map((node, i) =>
      xml("rsc_location", {
        id: `${id}.prefer.${node}`,
        rsc: id,
        node,
        score: Math.max(1, vmDefaults.preferScore - i),
      }),
    ),
    ...onlyOn(id, placement["only-on"]),
    ...(placement["never-on"] ?? []).map((node) =>
      xml("rsc_location", { id: `${id}.never-on.${node}`, rsc: id, node, score: "-INFINITY" }),
    ),
    ...beside(id, "apart-from", placement["apart-from"]),
    ...beside(id, "together-with", placement["together-with"]),
    ...(placement.after ?? []).flatMap((one) => afterwards(id, name, one)),
  ];
}

/** One rule for any number of nodes: nodes that join the cluster later are none of them either. */
function onlyOn(id: string, nodes: readonly string[] | undefined): readonly XmlElement[] {
  if (nodes === undefined || nodes.length === 0) return [];
  const own = `${id}.only-on`;
  const expressions = nodes.map((node) =>
    xml("expression", { id: `${own}.not.${node}`, attribute: "#uname", operation: "ne", value: node }),
  );
  return [
    xml("rsc_location", { id: own, rsc: id }, [
      xml("rule", { id: `${own}.rule`, score: "-INFINITY", "boolean-op": "and" }, expressions),
    ]),
  ];
}

type Beside = "apart-from" | "together-with";

function scoreOf(kind: Beside, strength: Other["strength"]): string {
  const score = strength === "should" ? String(vmDefaults.besideScore) : "INFINITY";
  return kind === "apart-from" ? `-${score}` : score;
}

function beside(id: string, kind: Beside, others: readonly Other[] | undefined): readonly XmlElement[] {
  return (others ?? []).flatMap(({ vm, strength }) => {
    if (vm === undefined) return [];
    const other = resourceId(vm);
    const score = scoreOf(kind, strength);
    return [xml("rsc_colocation", { id: `${id}.${kind}.${vm}`, rsc: id, "with-rsc": other, score })];
  });
}

/**
 * It starts when the other one is up, and when both stop, it stops first. The end of the other one alone does not
 * stop it: a guest rides out the restart of the service that it uses.
 */
function afterwards(
  id: string,
  name: string,
  { vm, strength }: NonNullable<PlacementSpec["after"]>[number],
): readonly XmlElement[] {
  if (vm === name) return [];
  const first = resourceId(vm);
  const own = `${id}.after.${vm}`;
  const kind = strength === "should" ? "Optional" : "Mandatory";
  const start = xml("rsc_order", { id: own, first, kind, symmetrical: "false" });
  const stop = xml("rsc_order", { id: `${own}.stop`, first: id, kind: "Optional", symmetrical: "false" });
  start.set("then", id);
  stop.set("first-action", "stop");
  stop.set("then", first);
  stop.set("then-action", "stop");
  return [start, stop];
}

/**
 * The constraints that come from labels, for all VMs of a cluster at once. Their number and size grow with the
 * number of VMs, not with that of their pairs: at most three for each label, kind and strength, made of resource
 * sets (docs/adr/placement.md).
 */
export function labelConstraints(vms: readonly PlacedVm[]): readonly XmlElement[] {
  const bearers = new Map<string, string[]>();
  for (const { name, labels } of vms) {
    for (const label of labels ?? []) bearers.set(label, [...(bearers.get(label) ?? []), name]);
  }
  const groups = new Map<string, Group>();
  for (const { name, placement } of vms) {
    for (const kind of ["apart-from", "together-with"] as const) {
      for (const { label, strength = "must" } of placement?.[kind] ?? []) {
        if (label === undefined) continue;
        const key = `${kind} ${label} ${strength}`;
        const group = groups.get(key) ?? { kind, label, strength, asking: new Set() };
        group.asking.add(name);
        groups.set(key, group);
      }
    }
  }
  return [...groups.keys()].sort().flatMap((key) => {
    const group = groups.get(key);
    return group === undefined ? [] : groupConstraints(group, bearers.get(group.label) ?? []);
  });
}

/** The VMs that want to be apart from, or together with, those of a label. */
interface Group {
  readonly kind: Beside;
  readonly label: string;
  readonly strength: "must" | "should";
  readonly asking: Set<string>;
}

function groupConstraints(group: Group, bearing: readonly string[]): readonly XmlElement[] {
  const { kind, label, strength, asking } = group;
  const base = `vms.${kind}.${label}${strength === "should" ? ".should" : ""}`;
  const score = scoreOf(kind, strength);
  const both = bearing.filter((name) => asking.has(name)).sort();
  const silent = bearing.filter((name) => !asking.has(name)).sort();
  const outside = [...asking].filter((name) => !bearing.includes(name)).sort();
  const found: XmlElement[] = [];
  // Pacemaker keeps every member of one set with a negative score apart from every other one, and puts each
  // member of one with a positive score where the one before it is.
  if (both.length > 1) found.push(colocation(base, score, [both], true));
  if (both.length > 0 && silent.length > 0) {
    found.push(colocation(`${base}.silent`, score, [both, silent], false));
  }
  if (outside.length > 0 && bearing.length > 0) {
    found.push(colocation(`${base}.outside`, score, [outside, [...bearing].sort()], false));
  }
  return found;
}

function colocation(
  id: string,
  score: string,
  sets: readonly (readonly string[])[],
  sequential: boolean,
): XmlElement {
  return xml(
    "rsc_colocation",
    { id, score },
    sets.map((names, i) =>
      xml(
        "resource_set",
        { id: `${id}.set${i + 1}`, ...(sequential ? {} : { sequential: "false" }) },
        names.map((name) => xml("resource_ref", { id: resourceId(name) })),
      ),
    ),
  );
}
