import type { CibEditor } from "../pacemaker/cib-editor.ts";
import type { XmlElement } from "../xml/element.ts";
import { resourceId, vmNameOf } from "./names.ts";
import {
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
