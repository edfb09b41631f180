import type { ClusterStatus } from "../pacemaker/status.ts";

/** What is known of a VM that Pacemaker could be told of. */
export interface ReportFacts {
  /** This node. */
  readonly node: string;
  /** The resource's id. */
  readonly resource: string;
  /** Asked for after what is to be told has happened. */
  readonly status: ClusterStatus;
  /** The agent does something about the VM here, besides watching it; looked for before the status was asked for. */
  readonly agentAtWork: boolean;
}

/**
 * Why Pacemaker is not to be told that a VM has failed on this node; undefined where it runs here for certain, as it
 * should, and nobody acts on it. A report at the wrong time stops a healthy VM (tried on Pacemaker 3.0: docs/adr/reports.md).
 */
export function whyNotReport({ node, resource, status, agentAtWork }: ReportFacts): string | undefined {
  if (agentAtWork) return "Pacemaker acts on it";
  const own = status.nodes.find(({ name }) => name === node);
  if (own === undefined || !own.online || own.pending) return `${node} is not in the cluster`;
  if (status.maintenance || own.maintenance) return "it is in maintenance";
  if (!status.quorum) return "the cluster has no quorum";
  const found = status.resources.filter(({ id }) => id === resource);
  const [vm] = found;
  if (vm === undefined || found.length > 1) return "it is no VM of the cluster";
  if (!vm.managed || vm.maintenance) return "it is not managed";
  if (vm.blocked) return "it is blocked";
  if (vm.pending !== undefined && !/^monitor/i.test(vm.pending))
    return `Pacemaker acts on it (${vm.pending})`;
  if (vm.role !== "Started" || vm.targetRole === "Stopped") return "it is not to run";
  if (vm.nodes.length !== 1 || vm.nodes[0] !== node) return `the cluster has it on ${vm.nodes.join(", ")}`;
  return undefined;
}
