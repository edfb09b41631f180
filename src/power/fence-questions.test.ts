import { expect, test } from "bun:test";
import { type FenceAnswer, readFenceAnswers, writeFenceAnswers } from "./fence-questions.ts";

test("answers are written for Pacemaker's tools, and read again", () => {
  const answers: readonly FenceAnswer[] = [
    { target: "node1", device: "fence-node1", state: "on", ms: 120, why: undefined },
    { target: "node1", device: "pdu", state: "failed", ms: 5000, why: `No "answer":\n it's <gone> \ud800` },
  ];
  const value = writeFenceAnswers({ busy: true, answers });
  expect(value).not.toMatch(/["'<>&\n]/);
  const found = readFenceAnswers(value);
  expect(found?.busy).toBe(true);
  expect(found?.answers[0]).toEqual(answers[0] as FenceAnswer);
  expect(found?.answers[1]?.why).toStartWith(`No "answer": it's <gone>`);
  expect(readFenceAnswers("done")).toEqual({ busy: false, answers: [] });
});

test("what is no answer is none", () => {
  for (const value of [undefined, "", "on", "node1:fence:on:1:"]) {
    expect(readFenceAnswers(value)).toBeUndefined();
  }
  expect(readFenceAnswers("done node1 a:b:maybe:1: %E0%A4%A:b:on:1:")?.answers).toEqual([
    { target: "", device: "b", state: "on", ms: 1, why: undefined },
  ]);
});
