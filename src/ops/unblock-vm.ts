import type { VmView } from "../contract/vm-view.ts";
import type { Libvirt } from "../libvirt/client.ts";
import { affect, domainState, errorCode, jobType, metadataType } from "../libvirt/constants.ts";
import { isLibvirtError } from "../libvirt/libvirt-error.ts";
import { migrationMarkNamespace } from "../libvirt/migration-mark.ts";
import type { Environment } from "./environment.ts";
import { findCopies } from "./find-copies.ts";
import { driverOf } from "./libvirt-driver.ts";

/** What became of a VM that a failed migration left blocked. */
export type Unblocked =
  | { readonly done: true; readonly node: string }
  /** Read after the VM's name. */
  | { readonly done: false; readonly why: string };

/**
 * Gives a VM that a failed live migration left blocked back to Pacemaker, without touching the guest, if there is
 * exactly one copy of it with no migration under way. Pacemaker forgets what it noted and looks again.
 *
 * A node whose libvirt does not answer is no obstacle to a copy that runs elsewhere: libvirt lets the guest run
 * on at its source only while the other copy has not been started. Pacemaker then looks again only where it runs.
 *
 * @param nodes Where it may be: source and target of the migration
 */
export async function unblockVm(
  environment: Environment,
  vm: Pick<VmView, "resource" | "uuid" | "hypervisor">,
  nodes: readonly string[],
): Promise<Unblocked> {
  if (vm.uuid === undefined) return { done: false, why: "has no specification to tell its UUID" };
  const driver = driverOf(vm);
  const { found, unknown } = await findCopies(environment, vm.uuid, nodes, driver);
  const copies = found.filter(({ active }) => active);
  const [only] = copies;
  if (only === undefined) return { done: false, why: "runs on no node that answers" };
  if (copies.length > 1) {
    return { done: false, why: `is on ${copies.map(({ node }) => node).join(" and ")}` };
  }
  if (unknown.length > 0 && only.state !== domainState.running) {
    return { done: false, why: `stands still on ${only.node}, and ${unknown.join(", ")} cannot be asked` };
  }
  const libvirt = await environment.libvirt(only.node, driver);
  const job = await libvirt.domainGetJobInfo(await libvirt.domainLookupByUUID(vm.uuid));
  if (job.type !== jobType.none) return { done: false, why: `is still migrating from ${only.node}` };
  if (only.state !== domainState.running && (await isMarked(libvirt, vm.uuid))) {
    return { done: false, why: `waits on ${only.node} until its migration is settled` };
  }
  const { signal } = environment;
  // Where it runs first: Pacemaker must never see it nowhere, or it would start it a second time.
  const others = unknown.length > 0 ? [] : nodes.filter((node) => node !== only.node);
  for (const node of [only.node, ...others]) {
    await environment.pacemaker.refresh(vm.resource, { node, signal });
  }
  return { done: true, node: only.node };
}

/** The agent's own mark of a domain that came by a migration: the copy stands still because the agent has not let it go on yet. */
export async function isMarked(libvirt: Libvirt, uuid: string): Promise<boolean> {
  try {
    const domain = await libvirt.domainLookupByUUID(uuid);
    await libvirt.domainGetMetadata(domain, metadataType.element, migrationMarkNamespace, affect.live);
    return true;
  } catch (error) {
    if (isLibvirtError(error, errorCode.noDomainMetadata)) return false;
    throw error;
  }
}
