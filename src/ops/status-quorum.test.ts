import { describe, expect, test } from "bun:test";
import type { QuorumNode, QuorumStatus } from "../pacemaker/quorum.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import { hasVoteToSpare, quorumProblems } from "./status-quorum.ts";

const status = {
  nodes: ["node1", "node2"].map((name) => ({ name, type: "member" })),
} as unknown as ClusterStatus;

function node(id: number, device?: QuorumNode["device"]): QuorumNode {
  return { id, name: `node${id}`, votes: 1, ...(device === undefined ? {} : { device }) };
}

const voting = { alive: true, voting: true };
const silent = { alive: true, voting: false };

function quorum(changes: Partial<QuorumStatus> = {}): QuorumStatus {
  return {
    quorate: true,
    expectedVotes: 3,
    totalVotes: 3,
    neededVotes: 2,
    twoNode: false,
    nodes: [node(1, voting), node(2, voting)],
    device: { votes: 1 },
    ...changes,
  };
}

const { device: _, ...plain } = quorum({ nodes: [node(1), node(2)] });
const alone: QuorumStatus = { ...plain, expectedVotes: 2, totalVotes: 2, twoNode: true };

function texts(votes: QuorumStatus | undefined): readonly string[] {
  return quorumProblems(status, votes).map(({ text }) => text);
}

test("nothing is wrong with a device that votes, nor where there is none", () => {
  expect(texts(quorum())).toEqual([]);
  expect(texts(alone)).toEqual([]);
  expect(texts(undefined)).toEqual([]);
});

describe("a vote that is missing", () => {
  const away = quorum({ totalVotes: 2, device: { votes: 0 }, nodes: [node(1, silent), node(2, silent)] });

  test("of a server that is away", () => {
    expect(quorumProblems(status, away)).toMatchObject([
      {
        severity: "warning",
        code: "quorum.device",
        text: "The vote of the quorum device is missing: when one more node is lost, all VMs stop",
      },
    ]);
    const four = { ...away, expectedVotes: 5, totalVotes: 4, neededVotes: 3 };
    expect(texts(four)).toEqual(["The vote of the quorum device is missing"]);
  });

  test("of a device that does not run here", () => {
    expect(texts({ ...plain, totalVotes: 2 })).toEqual([
      "Corosync counts on 3 votes of 2 nodes, and no quorum device runs here: its vote is missing",
    ]);
  });

  test("of one node only", () => {
    expect(texts(quorum({ nodes: [node(1, voting), node(2, silent)] }))).toEqual([
      "node2 does not have the quorum device's vote: if it were left alone, it would have no quorum",
    ]);
    expect(texts(quorum({ nodes: [node(1, voting), node(2)] }))[0]).toContain(
      "node2 runs no corosync-qdevice",
    );
  });

  test("leaves none to spare", () => {
    expect(hasVoteToSpare(away)).toBe(false);
    expect(hasVoteToSpare(quorum(), "node1")).toBe(true);
    expect(hasVoteToSpare(alone)).toBe(true);
    const heavy = quorum({ totalVotes: 4, neededVotes: 3, nodes: [{ ...node(1), votes: 2 }] });
    expect([hasVoteToSpare(heavy, "node1"), hasVoteToSpare(heavy, "node2")]).toEqual([false, true]);
  });
});
