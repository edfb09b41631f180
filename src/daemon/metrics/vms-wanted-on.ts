import { isVm, shortName, wantedStopped } from "../../ops/status-resource.ts";
import type { ClusterStatus } from "../../pacemaker/status.ts";

/** The names of the VMs that run on a node and are to run; none where nothing is known. */
export function vmsWantedOn(node: string, status: ClusterStatus | undefined): readonly string[] {
  return (status?.resources ?? [])
    .filter((resource) => isVm(resource) && resource.active && !wantedStopped(resource))
    .filter(({ nodes }) => nodes.length === 1 && nodes[0] === node)
    .map(({ id }) => shortName(id));
}
