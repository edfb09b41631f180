import { expect, test } from "bun:test";
import { isAlwaysAsked, vmQuestion } from "./vm-question.ts";

test("the question names the VMs, and what is lost with them", () => {
  expect(vmQuestion("stop", ["web1", "web2"])).toEqual({ question: "Stop web1 and web2?", lines: [] });
  expect(vmQuestion("stop", ["web1"], true).question).toBe("End web1 without asking the guest?");
  expect(vmQuestion("pause", ["web1"], true)).toEqual({ question: "Pause web1?", lines: [] });
  expect(vmQuestion("reset", ["web1"]).lines).toEqual([
    "The guests are not asked: what they have not written yet is lost",
  ]);
});

test("resets, forced stops and patterns are always asked about; starts and moves by what follows alone", () => {
  expect(isAlwaysAsked("reset", ["web1"])).toBe(true);
  expect(isAlwaysAsked("stop", ["web1"], true)).toBe(true);
  for (const action of ["stop", "pause", "resume"] as const) {
    expect(isAlwaysAsked(action, ["web1", "web2"])).toBe(false);
    for (const word of ["web*", "label=web"]) expect(isAlwaysAsked(action, ["db1", word])).toBe(true);
  }
  for (const action of ["start", "move"] as const) expect(isAlwaysAsked(action, ["web*"], true)).toBe(false);
});
