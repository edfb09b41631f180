import type { VmView } from "../contract/vm-view.ts";
import { domainState, jobType } from "../libvirt/constants.ts";
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
 * exactly one copy of it: it runs on one node with no migration under way, and no other node runs it. Pacemaker
 * forgets what it noted on that node, and looks again there only.
 *
 * A node whose libvirt does not answer is no obstacle: a copy on it has not been started, since libvirt lets
 * the guest run on at its source only then.
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
  const { found } = await findCopies(environment, vm.uuid, nodes, driver);
  const running = found.filter((copy) => copy.state === domainState.running);
  const [only] = running;
  if (only === undefined) return { done: false, why: "runs on no node that answers" };
  if (running.length > 1) {
    return { done: false, why: `runs on ${running.map(({ node }) => node).join(" and ")}` };
  }
  const libvirt = await environment.libvirt(only.node, driver);
  const domain = await libvirt.domainLookupByUUID(vm.uuid);
  const job = await libvirt.domainGetJobInfo(domain);
  if (job.type !== jobType.none) return { done: false, why: `is still migrating from ${only.node}` };
  await environment.pacemaker.refresh(vm.resource, { node: only.node, signal: environment.signal });
  return { done: true, node: only.node };
}
