import { expect, test } from "bun:test";
import type { BlameFacts } from "../contract/blame-report.ts";
import { localTime } from "./local-time.ts";
import { blameLines } from "./render-blame.ts";

const facts: BlameFacts = {
  ...{ node: "node2", file: "pe-input-7.bz2", transition: 7, time: 120_000, passed: 2 },
  before: { file: "pe-input-6.bz2", time: 60_000 },
  actions: [
    { text: "web1 stops on node1", causes: [0] },
    { text: "web2 starts on node1", causes: [] },
  ],
  causes: [
    { code: "configuration", text: "the configuration was changed: web1: target-role = Stopped" },
    { code: "attribute", text: "the attribute pingd of node3 became 0", object: "pingd" },
  ],
  ...{ configurations: ["12"], writer: "cibadmin of root on node1" },
};
const at = (time: number): string => localTime(new Date(time));

test("each action with what it came of, what else had changed, and who has changed the configuration", () => {
  const changes = [{ time: 100_000, text: "anna: haven vm stop web1" }];
  expect(blameLines({ facts, changes, events: [], notes: ["node3 could not be asked"] }, false)).toEqual([
    "node3 could not be asked",
    `Decided at ${at(120_000)} by node2 (pe-input-7.bz2; 2 later ones decided nothing)`,
    `compared with pe-input-6.bz2 of ${at(60_000)}`,
    "",
    "web1 stops on node1",
    "  because the configuration was changed: web1: target-role = Stopped",
    "web2 starts on node1",
    "  nothing that changed accounts for it by itself",
    "",
    "Also changed, and not needed for it:",
    "  the attribute pingd of node3 became 0",
    "",
    "Who has changed the configuration:",
    `  ${at(100_000)}  anna: haven vm stop web1`,
  ]);
});

test("who is not known by a history is whom Pacemaker notes; without files it is what the histories tell", () => {
  const lines = blameLines({ facts, changes: [], events: [], notes: [] }, false);
  expect(lines.at(-1)).toBe("The configuration was written last by cibadmin of root on node1");
  const events = [{ time: 5000, kind: "vm.started", text: "web1 started on node1" }];
  expect(blameLines({ changes: [], events, notes: ["No inputs"] }, false)).toEqual([
    "No inputs",
    `${at(5000)}  web1 started on node1`,
  ]);
});
