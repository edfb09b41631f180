import { expect, test } from "bun:test";
import { formatHostAnswer } from "./host-answer.ts";

test("each answer is one line", () => {
  expect(formatHostAnswer({ word: "ack", id: "7" })).toBe("ack 7\n");
  expect(formatHostAnswer({ word: "ack", id: "" })).toBe("ack\n");
  expect(formatHostAnswer({ word: "target", id: "1", name: "db2" })).toBe("target 1 db2\n");
  expect(formatHostAnswer({ word: "done", id: "1" })).toBe("done 1\n");
  expect(formatHostAnswer({ word: "denied", id: "1", reason: "not-permitted" })).toBe(
    "denied 1 not-permitted\n",
  );
});

test("a reason cannot become another line, nor a long one", () => {
  const reason = "no\ndone 1\r\u0000é";
  expect(formatHostAnswer({ word: "failed", id: "1", reason })).toBe("failed 1 no-done-1-\n");
  expect(formatHostAnswer({ word: "failed", id: "1", reason: "" })).toBe("failed 1 unknown\n");
  expect(formatHostAnswer({ word: "failed", id: "1", reason: "x".repeat(999) }).length).toBeLessThan(100);
});
