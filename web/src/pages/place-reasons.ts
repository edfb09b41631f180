import type { Node, Vm } from "../api/answers.ts";
import type { Placement } from "../api/definition-answers.ts";
import { memoryText } from "../parts/memory-text.ts";

/** What speaks for and against a node for a VM, as far as the configuration and the state say it. */
export interface PlaceReasons {
  readonly isHere: boolean;
  readonly against: readonly string[];
  readonly for: readonly string[];
}

interface World {
  readonly vm: Vm;
  readonly placement: Placement;
  readonly vms: readonly Vm[];
}

/**
 * Why a VM runs, or could not run, on a node. Pacemaker's scheduler decides, with scores that are not all known here:
 * this says what it has to go by.
 */
export function placeReasons(node: Node, { vm, placement, vms }: World): PlaceReasons {
  const isHere = vm.nodes.includes(node.name);
  const others = vms.filter(({ name, nodes }) => name !== vm.name && nodes.includes(node.name));
  const only = placement["only-on"];
  const free = node.memory === undefined ? undefined : node.memory.capacity - node.memory.used;
  const isTooSmall = !isHere && free !== undefined && vm.memory !== undefined && free < vm.memory;
  const against = [
    node.state === "online" ? undefined : `it is ${node.state}`,
    only !== undefined && !only.includes(node.name) ? `it may only run on ${only.join(", ")}` : undefined,
    placement["never-on"]?.includes(node.name) === true ? "it may never run there" : undefined,
    isTooSmall
      ? `${memoryText(Math.max(0, free))} are free, and it needs ${memoryText(vm.memory)}`
      : undefined,
    ...(placement["apart-from"] ?? []).flatMap((other) =>
      others
        .filter((one) => isMeant(one, other))
        .map(({ name }) => `${name} runs there, which it ${wordOf(other)} apart from`),
    ),
    ...(placement["together-with"] ?? []).flatMap((other) =>
      vms
        .filter((one) => isMeant(one, other) && one.nodes.length > 0 && !one.nodes.includes(node.name))
        .map(({ name, nodes }) => `${name}, which it ${wordOf(other)} with, runs on ${nodes.join(", ")}`),
    ),
  ];
  const rank = placement.prefer?.indexOf(node.name) ?? -1;
  return {
    isHere,
    against: against.filter((text) => text !== undefined),
    for: [
      ...(rank < 0 ? [] : [`preferred, score ${1000 - rank}`]),
      ...(isHere ? ["it runs here, and does not move by itself"] : []),
    ],
  };
}

type Other = NonNullable<Placement["apart-from"]>[number];

function isMeant({ name, labels }: Vm, { vm, label }: Other): boolean {
  return vm === name || (label !== undefined && labels.includes(label));
}

function wordOf({ strength }: Other): string {
  return strength === "should" ? "should be" : "must be";
}
