import type { PlacementSpec } from "../contract/spec-placement.ts";
import { resourcesNamedBy } from "../pacemaker/cib.ts";
import { type XmlElement, xml } from "../xml/element.ts";
import { vmDefaults } from "./defaults.ts";
import { labelBearers } from "./label-bearers.ts";
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

/** The VMs whose placement names one of those VMs, and are none of them. */
export function namedBy(vms: readonly PlacedVm[], names: readonly string[]): readonly string[] {
  return vms
    .filter(({ name, placement = {} }) => {
      const { "apart-from": apart = [], "together-with": together = [], after = [] } = placement;
      return (
        !names.includes(name) && [...apart, ...together, ...after].some(({ vm }) => names.includes(vm ?? ""))
      );
    })
    .map(({ name }) => name);
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

/** Of more VMs the scheduler does not keep each apart from each in reasonable time: see `colocationWeight`. */
const mostApart = 6;

/** The utilization attribute that keeps the VMs of a label apart where they are too many for a colocation. */
export const apartAttribute = "apart.";

/**
 * The constraints that come from labels, for all VMs of a cluster at once. Their number and size grow with the
 * number of VMs, not with that of their pairs: they are made of resource sets (docs/adr/placement.md).
 */
export function labelConstraints(vms: readonly PlacedVm[]): readonly XmlElement[] {
  return labelGroups(vms).flatMap(groupConstraints);
}

/**
 * The VMs of labels that must be apart and are too many for a colocation, by label. Each node has room for one of
 * them: a utilization attribute, of which Pacemaker takes account without comparing each with each.
 */
export function apartByRoom(vms: readonly PlacedVm[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const { kind, label, strength, both } of labelGroups(vms)) {
    if (kind === "apart-from" && strength === "must" && both.length > mostApart) found.set(label, both);
  }
  return found;
}

function labelGroups(vms: readonly PlacedVm[]): readonly Group[] {
  const bearers = labelBearers(vms);
  const asking = new Map<
    string,
    { kind: Beside; label: string; strength: "must" | "should"; names: Set<string> }
  >();
  for (const { name, placement } of vms) {
    for (const kind of ["apart-from", "together-with"] as const) {
      for (const { label, strength = "must" } of placement?.[kind] ?? []) {
        if (label === undefined) continue;
        const key = `${kind} ${label} ${strength}`;
        const found = asking.get(key) ?? { kind, label, strength, names: new Set() };
        found.names.add(name);
        asking.set(key, found);
      }
    }
  }
  const byKey = [...asking].sort(([one], [two]) => (one < two ? -1 : 1));
  return byKey.map(([, { kind, label, strength, names }]): Group => {
    const bearing = bearers.get(label) ?? [];
    return {
      kind,
      label,
      strength,
      both: bearing.filter((name) => names.has(name)).sort(),
      silent: bearing.filter((name) => !names.has(name)).sort(),
      outside: [...names].filter((name) => !bearing.includes(name)).sort(),
    };
  });
}

/** The VMs that want to be apart from, or together with, those of a label. */
interface Group {
  readonly kind: Beside;
  readonly label: string;
  readonly strength: "must" | "should";
  /** They say so, and bear the label. */
  readonly both: readonly string[];
  /** They bear the label, and do not say so. */
  readonly silent: readonly string[];
  /** They say so, and do not bear the label. */
  readonly outside: readonly string[];
}

function groupConstraints({ kind, label, strength, both, silent, outside }: Group): readonly XmlElement[] {
  const base = `vms.${kind}.${label}${strength === "should" ? ".should" : ""}`;
  const score = scoreOf(kind, strength);
  const found = sameSet(kind, strength, both).map((names, i) =>
    colocation(i === 0 ? base : `${base}.${i + 1}`, score, [names], true),
  );
  if (both.length > 0 && silent.length > 0) {
    found.push(colocation(`${base}.silent`, score, [both, silent], false));
  }
  const bearing = [...both, ...silent].sort();
  if (outside.length > 0 && bearing.length > 0) {
    found.push(colocation(`${base}.outside`, score, [outside, bearing], false));
  }
  return found;
}

/**
 * The sets of VMs that a colocation keeps apart or together. Pacemaker keeps every member of a set with a negative
 * score apart from every other one, and puts each member of one with a positive score where the one before it is.
 * What should be apart and is many is kept apart by the handful; what must be has room, see `apartByRoom`.
 */
function sameSet(kind: Beside, strength: "must" | "should", both: readonly string[]): (readonly string[])[] {
  if (both.length < 2) return [];
  if (kind === "together-with" || both.length <= mostApart) return [both];
  if (strength === "must") return [];
  const count = Math.ceil(both.length / mostApart);
  return Array.from({ length: count }, (_, i) => both.filter((_name, at) => at % count === i));
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
