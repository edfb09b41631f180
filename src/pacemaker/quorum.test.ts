import { expect, test } from "bun:test";
import { parseQuorum } from "./quorum.ts";

/** As corosync 3.1.9 prints it. */
function text(total: number, flags: string, rows: readonly string[], quorate = "Yes"): string {
  return `Quorum information
------------------
Date:             Sat Nov 28 00:51:01 2026
Quorum provider:  corosync_votequorum
Nodes:            2
Node ID:          1
Ring ID:          1.9
Quorate:          ${quorate}

Votequorum information
----------------------
Expected votes:   3
Highest expected: 3
Total votes:      ${total}
Quorum:           2${quorate === "Yes" ? "  " : " Activity blocked"}
Flags:            ${flags}

Membership information
----------------------
    Nodeid      Votes    Qdevice Name
${rows.join("\n")}
`;
}

test("two nodes and a device that votes", () => {
  const rows = ["         1          1    A,V,NMW node1 (local)", "         2          1    A,V,NMW node2"];
  const found = parseQuorum(
    text(3, "Quorate Qdevice ", [...rows, "         0          1            Qdevice"]),
  );
  const device = { alive: true, voting: true };
  expect(found).toEqual({
    quorate: true,
    expectedVotes: 3,
    totalVotes: 3,
    neededVotes: 2,
    twoNode: false,
    nodes: [
      { id: 1, name: "node1", votes: 1, device },
      { id: 2, name: "node2", votes: 1, device },
    ],
    device: { votes: 1 },
  });
});

test("a device whose server is away, and a node that has none", () => {
  const rows = [
    "         1          1   A,NV,NMW node1 (local)",
    "         2          1         NR node2",
    "         0          0            Qdevice (votes 1)",
  ];
  expect(parseQuorum(text(2, "Quorate Qdevice", rows))).toMatchObject({
    totalVotes: 2,
    nodes: [{ device: { alive: true, voting: false } }, { name: "node2" }],
    device: { votes: 0 },
  });
});

test("no quorum", () => {
  const found = parseQuorum(text(1, "Qdevice", ["  1  1  NA,NV,NMW node1 (local)"], "No"));
  expect(found).toMatchObject({ quorate: false, nodes: [{ device: { alive: false, voting: false } }] });
});

test("two nodes without a device", () => {
  const rows = ["         1          1 node1 (local)", "         2          1 10.0.0.2"];
  const found = parseQuorum(text(2, "2Node Quorate WaitForAll ", rows));
  expect(found).toMatchObject({ twoNode: true, nodes: [{ name: "node1" }, { name: "10.0.0.2" }] });
  expect(found).not.toHaveProperty("device");
});

test("no answer", () => {
  expect(parseQuorum("Cannot initialize QUORUM service")).toBeUndefined();
  expect(parseQuorum("")).toBeUndefined();
});
