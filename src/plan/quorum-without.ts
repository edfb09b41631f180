import type { QuorumStatus } from "../pacemaker/quorum.ts";

/** How the votes would be counted once nodes have left for good. */
export interface QuorumWithout {
  readonly quorum: QuorumStatus;
  /** What has to be known, or done, beside the removal, in sentences. */
  readonly notes: readonly string[];
}

/**
 * The votes when nodes have left the membership and corosync.conf: those of the others, and the quorum device's; a majority
 * of these is needed. Nodes that are not there now have one vote each, for all that is known.
 *
 * Two nodes without a device go on alone only with `two_node: 1` (votequorum(5)), which is taken to be set as it has to be.
 *
 * @param now How corosync counts now
 * @param names The nodes that leave
 */
export function quorumWithout(now: QuorumStatus, names: readonly string[]): QuorumWithout {
  const left = now.nodes.filter(({ name }) => !names.includes(name));
  const present = now.nodes.filter(({ name }) => names.includes(name));
  const absent = names.length - present.length;
  const gone = present.reduce((sum, node) => sum + node.votes, 0) + absent;
  const device = now.device?.votes ?? 0;
  const expectedVotes = Math.max(0, now.expectedVotes - gone);
  const totalVotes = left.reduce((sum, node) => sum + node.votes, 0) + device;
  const members = expectedVotes - device;
  const twoNode = members === 2 && now.device === undefined && left.every(({ votes }) => votes === 1);
  const neededVotes = twoNode ? 1 : Math.floor(expectedVotes / 2) + 1;
  const quorum: QuorumStatus = {
    ...{ quorate: totalVotes >= neededVotes, expectedVotes, totalVotes, neededVotes, twoNode, nodes: left },
    ...(now.device === undefined ? {} : { device: now.device }),
  };
  return { quorum, notes: notesOf(quorum, now) };
}

function notesOf(quorum: QuorumStatus, now: QuorumStatus): readonly string[] {
  const { expectedVotes, totalVotes, neededVotes, twoNode, nodes, device, quorate } = quorum;
  const notes: string[] = [];
  if (!quorate)
    notes.push(`${totalVotes} of ${expectedVotes} votes are there then, and ${neededVotes} are needed`);
  if (nodes.length <= 1) notes.push("One node is left: when it is lost nothing recovers its VMs");
  else if (twoNode) {
    const set = now.twoNode ? "" : "set two_node: 1 in corosync.conf, or neither goes on without the other; ";
    notes.push(
      `Two nodes are left: ${set}a third vote decides better than who shoots first (docs/quorum.md)`,
    );
  } else if (device === undefined && expectedVotes % 2 === 0) {
    notes.push(
      `An even number of votes, ${expectedVotes}: no half goes on alone; a third vote would help (docs/quorum.md)`,
    );
  }
  if (now.twoNode && nodes.length === 1) notes.push("Take two_node: 1 out of corosync.conf");
  if (device !== undefined && device.votes > 1) {
    notes.push(`The quorum device gives ${device.votes} votes now: with fewer nodes it gives fewer`);
  }
  return notes;
}
