import { expect, test } from "bun:test";
import { vmQuestion } from "./vm-question.ts";

test("the question names the VMs, and what is lost with them", () => {
  expect(vmQuestion("stop", ["web1", "web2"])).toEqual({ question: "Stop web1 and web2?", lines: [] });
  expect(vmQuestion("stop", ["web1"], true).question).toBe("End web1 without asking the guest?");
  expect(vmQuestion("pause", ["web1"], true)).toEqual({ question: "Pause web1?", lines: [] });
  expect(vmQuestion("reset", ["web1"]).lines).toEqual([
    "The guests are not asked: what they have not written yet is lost",
  ]);
});
