import type { Vm } from "../api/answers.ts";

export type VmOrder = "name" | "state" | "node" | "memory" | "priority";

export interface VmChoice {
  /** Words that a VM's name, node or labels must have, all of them. */
  readonly search: string;
  /** None: all. */
  readonly state: string;
  readonly label: string;
  readonly order: VmOrder;
  readonly isDown: boolean;
}

const natural = new Intl.Collator("en", { numeric: true });

/** The VMs that are looked for, in the order that was asked for; those that are alike by their names. */
export function chooseVms(vms: readonly Vm[], choice: VmChoice): readonly Vm[] {
  const words = choice.search.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = vms.filter((vm) => {
    if (choice.state !== "" && vm.state !== choice.state) return false;
    if (choice.label !== "" && !vm.labels.includes(choice.label)) return false;
    const text = [vm.name, ...vm.nodes, ...vm.labels].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const sign = choice.isDown ? -1 : 1;
  return chosen.toSorted((a, b) => sign * orders[choice.order](a, b) || natural.compare(a.name, b.name));
}

const orders: Readonly<Record<VmOrder, (a: Vm, b: Vm) => number>> = {
  name: (a, b) => natural.compare(a.name, b.name),
  state: (a, b) => natural.compare(a.state, b.state),
  node: (a, b) => natural.compare(a.nodes.join(), b.nodes.join()),
  memory: (a, b) => (a.memory ?? 0) - (b.memory ?? 0),
  priority: (a, b) => a.priority - b.priority,
};
