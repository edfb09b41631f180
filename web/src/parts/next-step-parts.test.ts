import { expect, test } from "bun:test";
import { nextStepParts } from "./next-step-parts.ts";

test("a command at the end is told from the words before it", () => {
  expect(nextStepParts("haven vm show web1")).toEqual({ words: "", command: "haven vm show web1" });
  expect(nextStepParts("Make sure that node2 is off, then: haven fence confirm node2")).toEqual({
    ...{ words: "Make sure that node2 is off, then", command: "haven fence confirm node2" },
  });
  expect(nextStepParts("Look at the switch")).toEqual({ words: "Look at the switch", command: undefined });
});
