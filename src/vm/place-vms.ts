import type { CibEditor } from "../pacemaker/cib-editor.ts";
import type { XmlElement } from "../xml/element.ts";
import { resourceId, vmNameOf } from "./names.ts";
import {
  apartAttribute,
  apartByRoom,
  isPlacementOf,
  isPlacementOfLabel,
  labelConstraints,
  otherOf,
  type PlacedVm,
  vmConstraints,
} from "./placement.ts";
import { vmsInCib } from "./vms-in-cib.ts";

/**
 * Makes the constraints in a configuration be what the specifications in it say, for VMs that were added, changed
 * or removed, for what others say of these, and for labels. Constraints of VMs that nothing was done to are left
 * as an administrator may have changed them; so is everything that Haven did not make.
 */
export function placeVms(editor: CibEditor, touched: readonly string[]): void {
  const vms = new Map<string, PlacedVm>();
  for (const { name, spec } of vmsInCib(editor.cib)) {
    vms.set(name, { name, labels: spec?.labels, placement: spec?.placement });
  }
  const changed = new Set(touched);
  const stale = new Set<string>();
  for (const constraint of editor.cib.constraints) {
    const id = constraint.get("id") ?? "";
    if (isPlacementOfLabel(id) || touched.some((name) => isPlacementOf(name, id))) stale.add(id);
  }
  const put = (constraint: XmlElement): void => {
    stale.delete(constraint.get("id") ?? "");
    editor.put("constraints", constraint);
  };
  const resources = new Set(touched.map(resourceId));
  for (const vm of vms.values()) {
    for (const constraint of vmConstraints(vm)) {
      const other = otherOf(vm.name, constraint);
      const mine = changed.has(vm.name);
      if (!mine && (other === undefined || !resources.has(other))) continue;
      if (other !== undefined && editor.cib.byId(other) === undefined) continue;
      if (isSaidByOther(vm, constraint, vms)) stale.add(constraint.get("id") ?? "");
      else put(constraint);
    }
  }
  for (const constraint of labelConstraints([...vms.values()])) put(constraint);
  for (const id of stale) editor.remove(id);
  makeRoom(editor, apartByRoom([...vms.values()]));
}

/** Gives every node room for one VM of each label whose VMs must be apart and are many. */
function makeRoom(editor: CibEditor, apart: ReadonlyMap<string, readonly string[]>): void {
  const values = (has: (label: string) => boolean, now: ReadonlyMap<string, string>) => {
    const wanted = [...apart.keys()].filter(has).map((label) => `${apartAttribute}${label}`);
    const gone = [...now.keys()].filter((name) => name.startsWith(apartAttribute) && !wanted.includes(name));
    return Object.fromEntries([
      ...wanted.map((name) => [name, "1"]),
      ...gone.map((name) => [name, undefined]),
    ]);
  };
  for (const node of editor.cib.nodes) {
    const change = values(() => true, node.utilization);
    if (Object.keys(change).length > 0) editor.setNodeUtilization(node.name, change);
  }
  for (const { name, resource, element } of vmsInCib(editor.cib)) {
    const now = editor.cib.nvpairs(element, "utilization");
    const change = values((label) => apart.get(label)?.includes(name) === true, now);
    if (Object.keys(change).length > 0) editor.setNvpairs(resource, "utilization", change);
  }
}

/** Two VMs that say the same of each other are one constraint: Pacemaker does not like loops. */
function isSaidByOther(vm: PlacedVm, constraint: XmlElement, vms: ReadonlyMap<string, PlacedVm>): boolean {
  if (constraint.name !== "rsc_colocation") return false;
  const other = vms.get(vmNameOf(constraint.get("with-rsc") ?? "") ?? "");
  if (other === undefined || other.name >= vm.name) return false;
  return vmConstraints(other).some(
    (one) => one.get("with-rsc") === resourceId(vm.name) && one.get("score") === constraint.get("score"),
  );
}
