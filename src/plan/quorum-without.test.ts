import { expect, test } from "bun:test";
import type { QuorumStatus } from "../pacemaker/quorum.ts";
import { quorumWithout } from "./quorum-without.ts";

function nodes(count: number, more: Partial<QuorumStatus> = {}): QuorumStatus {
  const device = more.device?.votes ?? 0;
  const votes = count + device;
  return {
    ...{ quorate: true, expectedVotes: votes, totalVotes: votes, twoNode: false },
    neededVotes: Math.floor(votes / 2) + 1,
    nodes: Array.from({ length: count }, (_, i) => ({ id: i + 1, name: `node${i + 1}`, votes: 1 })),
    ...more,
  };
}

const brief = (now: QuorumStatus, ...names: readonly string[]) => {
  const { quorum, notes } = quorumWithout(now, names);
  return { votes: quorum.totalVotes, needed: quorum.neededVotes, two: quorum.twoNode, notes };
};

test("five become four: an even number, of which three are needed", () => {
  const { notes, ...votes } = brief(nodes(5), "node5");
  expect(votes).toEqual({ votes: 4, needed: 3, two: false });
  expect(notes).toEqual([expect.stringContaining("An even number of votes, 4")]);
});

test("four become three", () => {
  expect(brief(nodes(4), "node1")).toEqual({ votes: 3, needed: 2, two: false, notes: [] });
});

test("three become two, which go on alone only with two_node", () => {
  const { notes, ...votes } = brief(nodes(3), "node1");
  expect(votes).toEqual({ votes: 2, needed: 1, two: true });
  expect(notes).toEqual([expect.stringContaining("set two_node: 1 in corosync.conf")]);
});

test("two become one, which recovers nothing", () => {
  const { notes, ...votes } = brief(nodes(2, { twoNode: true, neededVotes: 1 }), "node2");
  expect(votes).toEqual({ votes: 1, needed: 1, two: false });
  expect(notes).toEqual([
    expect.stringContaining("One node is left"),
    "Take two_node: 1 out of corosync.conf",
  ]);
});

test("three with a device of one vote become two: the device decides", () => {
  const { notes, ...votes } = brief(nodes(3, { device: { votes: 1 } }), "node3");
  expect(votes).toEqual({ votes: 3, needed: 2, two: false });
  expect(notes).toEqual([]);
});

test("a node that is away takes one vote with it", () => {
  // Of five nodes node5 is away: four votes of five are there.
  const now = { ...nodes(4), expectedVotes: 5, neededVotes: 3 };
  expect(brief(now, "node5")).toMatchObject({ votes: 4, needed: 3 });
  // Of three nodes two are away, and another one leaves: what is left is no majority yet.
  const few = { ...nodes(2), expectedVotes: 4, neededVotes: 3, quorate: false };
  expect(brief(few, "node1").notes[0]).toBe("1 of 3 votes are there then, and 2 are needed");
});

test("votes that weigh more", () => {
  const now = nodes(3, { expectedVotes: 5, totalVotes: 5, neededVotes: 3 });
  const heavy = { ...now, nodes: now.nodes.map((node) => (node.id === 1 ? { ...node, votes: 3 } : node)) };
  expect(brief(heavy, "node2")).toMatchObject({ votes: 4, needed: 3, two: false });
});
