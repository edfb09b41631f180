import { expect, test } from "bun:test";
import { Cib } from "../pacemaker/cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import type { QuorumStatus } from "../pacemaker/quorum.ts";
import type { ClusterPlan } from "./cluster-plan.ts";
import { seedCib } from "./cluster-seed.ts";
import { twoNodeFindings } from "./two-node-findings.ts";

function editorOf(nodes: number): CibEditor {
  const names = Array.from({ length: nodes }, (_, index) => `node${index + 1}`);
  const plan: ClusterPlan = {
    name: "test",
    nodes: names.map((name, index) => ({ name, addresses: [`10.0.0.${index + 1}`] })),
    fencing: [
      {
        kind: "chassis",
        address: "10.0.0.250",
        credentials: { version: "2c", community: "secret" },
        hosts: names.map((node) => ({ node })),
      },
    ],
    pingTargets: [],
    expectedVms: 10,
  };
  const ids = new Map(names.map((name, index) => [name, index + 1]));
  const seed = { plan, ids, utilization: new Map(), alertPath: undefined, secretsBeside: true };
  return new CibEditor(Cib.parse(seedCib(seed)));
}

/** What is found after these parameters were set, by device. */
function texts(editor: CibEditor, parameters: Readonly<Record<string, Record<string, string | undefined>>>) {
  for (const [id, values] of Object.entries(parameters)) {
    editor.setNvpairs(id, "instance_attributes", values, `${id}-params`);
  }
  return twoNodeFindings(editor.cib).map(({ text }) => text);
}

test("what cluster set-up writes is right, for two nodes and for three", () => {
  expect(twoNodeFindings(editorOf(2).cib)).toEqual([]);
  expect(twoNodeFindings(editorOf(3).cib)).toEqual([]);
});

test("nothing decides which one lives", () => {
  const editor = editorOf(2);
  const equal = texts(editor, { "fence-node1": { pcmk_delay_base: undefined } });
  expect(equal).toEqual([expect.stringContaining("have VMs of equal priority: they shoot each other")]);
  editor.setProperties({ "priority-fencing-delay": undefined });
  expect(twoNodeFindings(editor.cib)).toMatchObject([
    {
      severity: "warning",
      text: expect.stringContaining("when they lose each other: they shoot each other"),
      next: "crm_attribute --name priority-fencing-delay --update 15s",
    },
  ]);
  // The same for both is as good as none; chance, or one's own, is enough.
  const same = { pcmk_delay_base: "5s" };
  expect(texts(editor, { "fence-node1": same, "fence-node2": same })).toHaveLength(1);
  expect(texts(editor, { "fence-node2": { pcmk_delay_max: "20s" } })).toEqual([]);
});

const votes: QuorumStatus = {
  quorate: true,
  expectedVotes: 3,
  totalVotes: 3,
  neededVotes: 2,
  twoNode: false,
  nodes: [],
};

test("a third vote: without it a hint, with it nothing that is waited for", () => {
  expect(twoNodeFindings(editorOf(2).cib, { ...votes, twoNode: true })).toMatchObject([
    { severity: "hint", text: expect.stringContaining("Two nodes without a third vote") },
  ]);
  expect(twoNodeFindings(editorOf(3).cib, votes)).toEqual([]);
  const editor = editorOf(2);
  expect(twoNodeFindings(editor.cib, votes).map(({ severity, text }) => [severity, text])).toEqual([
    ["warning", expect.stringContaining("priority-fencing-delay is 15 s: a third vote decides")],
    ["warning", expect.stringContaining("fence-node1 has a delay of its own")],
  ]);
  editor.setProperties({ "priority-fencing-delay": undefined });
  editor.setNvpairs(
    "fence-node1",
    "instance_attributes",
    { pcmk_delay_base: undefined },
    "fence-node1-params",
  );
  expect(twoNodeFindings(editor.cib, votes)).toEqual([]);
});

test("a device's own delay that outweighs the priorities", () => {
  const found = texts(editorOf(2), { "fence-node1": { pcmk_delay_base: "node1:10s" } });
  expect(found).toEqual([
    expect.stringContaining("fence-node1 waits up to 10 s: priority-fencing-delay (15 s)"),
  ]);
});

test("a chassis that gives the loser time to shoot", () => {
  const editor = editorOf(2);
  expect(texts(editor, { "fence-node2": { no_softoff: "0" } })).toEqual([
    expect.stringContaining("fence-node2 asks a server to shut down"),
  ]);
});
