import { expect, test } from "bun:test";
import { nextSteps } from "./next-steps.ts";

test("moves the VM to another node, cuts that one's power, and watches from one that stays", () => {
  const steps = nextSteps("dist/haven", undefined, { name: "web1", node: "node1" }, [
    "node1",
    "node2",
    "node3",
  ]);
  expect(steps.map((line) => line.replace(/ +#.*/, "").trim())).toEqual([
    "Try next:",
    "dist/haven lab exec node1 -- haven vm move web1 --to node2",
    "dist/haven lab power node2 off",
    "dist/haven lab exec node1 -- haven status",
  ]);
});

test("names the lab where it is not the usual one", () => {
  const steps = nextSteps("haven", "l1", { name: "web1", node: "node2" }, ["node1", "node2"]);
  expect(steps[1]).toContain("lab exec --name l1 node2 -- haven vm move web1 --to node1");
});

test("has nothing to propose with a single node", () => {
  expect(nextSteps("haven", undefined, { name: "web1", node: "node1" }, ["node1"])).toEqual([]);
});
