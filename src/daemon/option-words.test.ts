import { expect, test } from "bun:test";
import { optionWords } from "./option-words.ts";

test("fields are options; what is false, missing or an object is none", () => {
  const request = { to: "node2", dryRun: true, force: false, yes: undefined, level: 2, nodes: ["a", "b"] };
  expect(optionWords({ ...request, secrets: { password: "x" }, specs: [{ name: "web1" }] })).toEqual([
    ...["--to", "node2", "--dry-run", "--level", "2", "--nodes", "a", "--nodes", "b"],
  ]);
});
