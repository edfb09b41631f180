import { describe, expect, test } from "bun:test";
import { command } from "./command.ts";
import { complete } from "./complete.ts";

const run = async (): Promise<void> => undefined;
const table = [
  command({ path: ["status"], summary: "Status", role: "viewer", run }),
  command({
    path: ["vm", "move"],
    summary: "Move",
    args: [{ name: "NAME", help: "VM", complete: "vm", many: true }],
    options: {
      to: { kind: "string", help: "node", complete: "node" },
      mode: { kind: "string", help: "mode", complete: ["live", "cold"] },
    },
    role: "operator",
    run,
  }),
  command({ path: ["vm", "list"], summary: "List", role: "viewer", run }),
];

describe("complete", () => {
  test.each([
    [[""], { words: ["status", "vm"] }],
    [["v"], { words: ["vm"] }],
    [["vm", ""], { words: ["list", "move"] }],
    [["vm", "move", ""], { words: [], lookUp: "vm" }],
    [["vm", "move", "web", "d"], { words: [], lookUp: "vm" }],
    [["vm", "move", "--to", "n"], { words: [], lookUp: "node" }],
    [["vm", "move", "web", "--mode", "c"], { words: ["cold"] }],
    [["vm", "move", "--t"], { words: ["--to"] }],
    [["vm", "list", ""], { words: [] }],
    [["nothing", ""], { words: [] }],
  ])("after %p", (words, expected) => {
    expect(complete(table, words)).toEqual(expected as ReturnType<typeof complete>);
  });
});
