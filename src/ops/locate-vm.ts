import { HavenError } from "../base/errors.ts";
import { type VmAction, vmCannot } from "../contract/vm-can.ts";
import type { VmView } from "../contract/vm-view.ts";
import type { Libvirt } from "../libvirt/client.ts";
import { domainState } from "../libvirt/constants.ts";
import type { Domain } from "../libvirt/types.ts";
import type { Environment } from "./environment.ts";
import { type Copies, type Copy, findCopies } from "./find-copies.ts";
import { driverOf } from "./libvirt-driver.ts";
import { selectVms } from "./select-vms.ts";
import { readVmCluster } from "./vm-views.ts";
import { list } from "./wait-vms.ts";

/** A VM with its domain, on the node where its guest runs. */
export interface LocatedVm {
  readonly vm: VmView;
  readonly node: string;
  readonly libvirt: Libvirt;
  readonly domain: Domain;
  /** The nodes of the cluster that are online. */
  readonly nodes: readonly string[];
}

/**
 * Finds the guest of one VM: where the cluster says that it runs, and where it is not there (a migration ends at this
 * moment, or somebody has moved it by hand) on any other node.
 *
 * @param command For messages: what the user called
 * @throws HavenError vm.not-found, vm.refused, vm.failed, usage, pacemaker.no-file-action, libvirt.*
 */
export async function locateVm(
  environment: Environment,
  name: string,
  { action, command }: { readonly action: VmAction; readonly command: string },
): Promise<LocatedVm> {
  const { vms, status } = await readVmCluster(environment);
  const vm = oneVm(vms, name);
  if (!environment.isLive) throw new HavenError("pacemaker.no-file-action", { what: `haven vm ${command}` });
  const why =
    vmCannot(action, vm) ?? (vm.uuid === undefined ? "has no specification to tell its UUID" : undefined);
  if (why !== undefined) throw new HavenError("vm.refused", { name: vm.name, why });
  const nodes = status.nodes.filter((node) => node.online).map((node) => node.name);
  const found = await findGuest(environment, vm, nodes);
  if (found.copy === undefined) throw notFound(vm, found.silent);
  const { node } = found.copy;
  const libvirt = await environment.libvirt(node, driverOf(vm));
  const domain = await libvirt.domainLookupByUUID(vm.uuid ?? "", { signal: environment.signal });
  return { vm, node, libvirt, domain, nodes };
}

/** The one VM that a word names. @throws HavenError vm.not-found, usage */
export function oneVm<T extends { readonly name: string; readonly labels?: readonly string[] }>(
  vms: readonly T[],
  name: string,
): T {
  const [vm, ...more] = selectVms(vms, [name]);
  if (vm === undefined || more.length > 0) {
    const names = [vm, ...more].map((one) => one?.name ?? "");
    throw new HavenError("usage", { what: `Expected one VM, ${name} names ${list(names)}` });
  }
  return vm;
}

/**
 * The copy whose guest runs, or that there is: first where the cluster says that the VM is, then on the other nodes.
 */
export async function findGuest(
  environment: Environment,
  vm: Pick<VmView, "uuid" | "nodes" | "hypervisor">,
  nodes: readonly string[],
): Promise<{ readonly copy: Copy | undefined; readonly silent: readonly string[] }> {
  const silent: string[] = [];
  const others = nodes.filter((node) => !vm.nodes.includes(node));
  for (const asked of [vm.nodes, others]) {
    const copies: Copies = await findCopies(environment, vm.uuid ?? "", asked, driverOf(vm));
    silent.push(...copies.unknown);
    // Of the two of a migration the one that stands still is not the guest.
    const active = copies.found.filter((copy) => copy.active);
    const copy = active.find(({ state }) => state === domainState.running) ?? active[0];
    if (copy !== undefined) return { copy, silent };
  }
  return { copy: undefined, silent };
}

function notFound(vm: VmView, silent: readonly string[]): HavenError {
  const hint = `See: haven vm show ${vm.name}`;
  const why =
    silent.length === 0
      ? "is not known to libvirt on any node"
      : `is not found: libvirt on ${list(silent)} does not answer`;
  return new HavenError("vm.failed", { name: vm.name, why, hint });
}
