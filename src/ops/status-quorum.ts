import type { StatusProblem } from "../contract/status-report.ts";
import type { QuorumStatus } from "../pacemaker/quorum.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";

const onTheServer = "on its server: systemctl status corosync-qnetd";

/** What is wrong with the further vote of a cluster that has one, as the node that was asked sees it. */
export function quorumProblems(
  status: ClusterStatus,
  quorum: QuorumStatus | undefined,
): readonly StatusProblem[] {
  if (quorum === undefined) return [];
  const { device, nodes, expectedVotes } = quorum;
  if (device === undefined) {
    // Where corosync-qdevice does not run, corosync still counts on its vote.
    const members = status.nodes.filter(({ type }) => type === "member").length;
    if (members === 0 || expectedVotes <= members) return [];
    const text = `Corosync counts on ${expectedVotes} votes of ${members} nodes, and no quorum device runs here: its vote is missing`;
    return [missing(text, "systemctl start corosync-qdevice; journalctl -u corosync-qdevice")];
  }
  if (device.votes === 0) {
    const text = `The vote of the quorum device is missing${outcome(quorum)}`;
    return [missing(text, `Look at: corosync-qdevice-tool -s; ${onTheServer}`)];
  }
  return nodes.flatMap(({ name, device: own }) => {
    if (own?.voting === true) return [];
    const what = own === undefined ? "runs no corosync-qdevice" : "does not have the quorum device's vote";
    const text = `${name} ${what}: if it were left alone, it would have no quorum`;
    return [{ ...missing(text, `On ${name}: corosync-qdevice-tool -s`), subject: name }];
  });
}

function outcome(quorum: QuorumStatus): string {
  if (!quorum.quorate) return "";
  return hasVoteToSpare(quorum) ? "" : ": when one more node is lost, all VMs stop";
}

/** Whether a node's vote could be lost, and the others were a majority still. */
export function hasVoteToSpare(quorum: QuorumStatus, name?: string): boolean {
  const { twoNode, totalVotes, neededVotes, nodes } = quorum;
  // Corosync takes each of the two for a majority.
  if (twoNode) return true;
  return totalVotes - (nodes.find((node) => node.name === name)?.votes ?? 1) >= neededVotes;
}

function missing(text: string, next: string): StatusProblem {
  return { severity: "warning", code: "quorum.device", text, next };
}
