import type { Cib } from "../pacemaker/cib.ts";
import type { QuorumStatus } from "../pacemaker/quorum.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";

/**
 * Whether those that are left when nodes are lost are a majority.
 *
 * @param quorum How corosync counts now; undefined where it was not asked: each cluster node has one vote then, and two
 * nodes are allowed to go on alone
 */
export function keepsQuorum(
  { cib, status }: { readonly cib: Cib; readonly status: Pick<ClusterStatus, "nodes"> },
  quorum: QuorumStatus | undefined,
  lost: readonly string[],
): boolean {
  if (quorum !== undefined) {
    const gone = quorum.nodes.filter(({ name }) => lost.includes(name));
    if (quorum.twoNode) return quorum.quorate && gone.length < quorum.nodes.length;
    const votes = gone.reduce((sum, node) => sum + node.votes, 0);
    return quorum.totalVotes - votes >= quorum.neededVotes;
  }
  const isQuorate = cib.root.get("have-quorum") === "1";
  const members = cib.nodes.filter(({ type }) => type === "member").map(({ name }) => name);
  const left = members.filter(
    (name) =>
      !lost.includes(name) && status.nodes.some((node) => node.name === name && node.online && !node.unclean),
  );
  if (members.length <= 2) return isQuorate && left.length > 0;
  return isQuorate && left.length > members.length / 2;
}
