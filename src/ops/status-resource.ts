import type { StatusResourceState } from "../contract/status-report.ts";
import type { ResourceStatus } from "../pacemaker/status.ts";
import { vmNameOf } from "../vm/names.ts";

/** True for what fences. */
export function isFenceDevice(resource: Pick<ResourceStatus, "agent">): boolean {
  return resource.agent.startsWith("stonith:");
}

/** True for a virtual machine, Haven's or one that the older VirtualDomain agent runs. */
export function isVm(resource: Pick<ResourceStatus, "agent">): boolean {
  return (
    resource.agent === "ocf:haven:Domain" ||
    /^ocf:[^:]+:(VirtualDomain|TransientDomain|LibvirtQemu|Xen)$/.test(resource.agent)
  );
}

/** A VM's name for its resource's id; the id itself for other resources. */
export function shortName(id: string): string {
  return vmNameOf(id) ?? id;
}

const pendingStates: Readonly<Record<string, StatusResourceState>> = {
  Starting: "starting",
  Stopping: "stopping",
  Migrating: "migrating",
  Promoting: "promoting",
  Demoting: "demoting",
};

/** One word for what a resource does. `hasFailed`: an operation of it failed and was not cleaned up. */
export function resourceState(resource: ResourceStatus, hasFailed: boolean): StatusResourceState {
  const pending = pendingStates[resource.pending ?? ""] ?? pendingStates[resource.role];
  if (resource.blocked && (resource.failed || hasFailed)) return "blocked";
  if (pending !== undefined) return pending;
  if (resource.failed) return "failed";
  if (resource.active && resource.nodes.length > 0) return "running";
  return hasFailed ? "failed" : "stopped";
}

/** An instance's id without its number: `ping:1` is an instance of `ping`. */
export function plainId(id: string): string {
  return id.replace(/:\d+$/, "");
}

/** True for what someone has told to stop. */
export function wantedStopped(resource: Pick<ResourceStatus, "targetRole">): boolean {
  return resource.targetRole !== undefined && /^stopped$/i.test(resource.targetRole);
}
