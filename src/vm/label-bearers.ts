import type { PlacedVm } from "./placement.ts";

/** The names of the VMs that bear each label, in their order. */
export function labelBearers(vms: readonly PlacedVm[]): ReadonlyMap<string, readonly string[]> {
  const bearers = new Map<string, string[]>();
  for (const { name, labels } of vms) {
    for (const label of labels ?? []) {
      const found = bearers.get(label);
      if (found === undefined) bearers.set(label, [name]);
      else found.push(name);
    }
  }
  return bearers;
}
