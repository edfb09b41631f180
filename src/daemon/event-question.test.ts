import { expect, test } from "bun:test";
import { eventQuestionOf } from "./event-question.ts";

const of = (text: string) => eventQuestionOf(new URLSearchParams(text), "node1", { each: true });

test("all histories are asked, or that of one node", () => {
  expect(of("vm=web1&limit=5")).toEqual({ filter: { vm: "web1", limit: 5 }, from: undefined });
  expect(of("from=node2").from).toBe("node2");
});

test("a number to follow from is of one history, the asked node's unless another is named", () => {
  expect(of("after=7")).toMatchObject({ filter: { after: 7 }, from: "node1" });
  expect(of("after=7&from=node2").from).toBe("node2");
  const seen = new Map([...Object.entries({ node1: 3, "rack:2": 40 })]);
  expect(of("seen=node1:3&seen=rack:2:40").after).toEqual(seen);
});

test.each(["seen=node1", "seen=:4", "seen=node1:x", "what=1", "after=x"])("%s is refused", (text) => {
  expect(() => of(text)).toThrow(/expected|Unknown parameter/);
});

test("who is told of all histories as one has none to follow", () => {
  expect(() => eventQuestionOf(new URLSearchParams("seen=node1:3"), "node1")).toThrow(
    "Unknown parameter seen",
  );
});
