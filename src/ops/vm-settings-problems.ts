import type { Settings } from "../contract/settings.ts";
import { insideStorage } from "../vm/inside-storage.ts";
import { claimsOf } from "../vm/vm-claims.ts";
import type { VmEntry } from "../vm/vms-in-cib.ts";
import type { FieldProblem, PlannedVm } from "./vm-plan.ts";

/** What the cluster's settings say against a planned VM: its name in its zone, its disks' places, its addresses. */
export function settingsProblems(
  vm: PlannedVm,
  settings: Settings,
  planned: readonly PlannedVm[],
  others: readonly VmEntry[],
): readonly FieldProblem[] {
  return [
    ...nameProblems(vm, settings),
    ...storageProblems(vm, settings),
    ...addressProblems(vm, planned, others),
  ];
}

/** A VM that is there keeps its name. */
function nameProblems({ name, resolved, before }: PlannedVm, settings: Settings): readonly FieldProblem[] {
  const zone = resolved.networks?.find((network) => network.zone !== undefined)?.zone ?? "";
  const suffix = settings.zones?.[zone]?.["name-suffix"];
  if (before !== undefined || suffix === undefined || name.endsWith(`-${suffix}`)) return [];
  const what = `expected a name that ends in -${suffix}, as those of all VMs in zone ${zone}, such as ${name}-${suffix}, found ${name}`;
  return [{ path: ["name"], what }];
}

function storageProblems(
  { resolved, xml, before }: PlannedVm,
  { storage = [] }: Settings,
): readonly FieldProblem[] {
  if (storage.length === 0) return [];
  const had = new Set(claimsOf(before?.entry.xml ?? "").map(({ key }) => key));
  const outside = claimsOf(xml).filter(
    ({ kind, key, value }) => kind === "disk" && !had.has(key) && !insideStorage(value, storage),
  );
  return outside.map(({ value }) => ({
    path: pathOfDisk(resolved.disks ?? [], value),
    what: `expected a place in one of the cluster's storage locations ${storage.join(", ")}, found ${value}`,
  }));
}

function pathOfDisk(disks: readonly object[], value: string): readonly PropertyKey[] {
  for (const [i, disk] of disks.entries()) {
    const field = Object.entries(disk).find(([, text]) => text === value)?.[0];
    if (field !== undefined) return ["disks", i, field];
  }
  return [];
}

function addressProblems(
  { name, resolved }: PlannedVm,
  planned: readonly PlannedVm[],
  others: readonly VmEntry[],
): readonly FieldProblem[] {
  const networks = resolved.networks ?? [];
  if (networks.every(({ ipv4 }) => ipv4 === undefined)) return [];
  const owners = [
    ...planned.map((one) => ({ name: one.name, networks: one.resolved.networks })),
    ...others.map(({ name: other, spec }) => ({ name: other, networks: spec?.networks })),
  ].filter((owner) => owner.name !== name);
  return networks.flatMap(({ ipv4 }, i): FieldProblem[] => {
    if (ipv4 === undefined) return [];
    const owner = owners.find((one) => one.networks?.some((network) => network.ipv4 === ipv4) === true)?.name;
    const isTwice = networks.findIndex((network) => network.ipv4 === ipv4) < i;
    if (owner === undefined && !isTwice) return [];
    const whose = owner ?? "this VM itself";
    return [
      { path: ["networks", i], what: `expected an address of its own, found ${ipv4}, which ${whose} has` },
    ];
  });
}
