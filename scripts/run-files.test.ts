import { expect, test } from "bun:test";
import { countTests } from "./run-files.ts";

const summary = (lines: string): string =>
  `(pass) a\n\n${lines}\n 12 expect() calls\nRan 9 tests across 1 file. [1.00s]\n`;

test("counts from the summary", () => {
  expect(countTests(summary(" 5 pass\n 2 skip\n 0 fail"), true)).toEqual({
    passed: 5,
    failed: 0,
    skipped: 2,
  });
  expect(countTests(summary(" 5 pass\n 1 todo\n 3 fail"), false)).toEqual({
    passed: 5,
    failed: 3,
    skipped: 1,
  });
});

test("a process that dies, or fails outside a test, is a failure", () => {
  expect(countTests("panic: crashed", false)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(countTests("", true)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(countTests(summary(" 5 pass\n 0 fail"), false).failed).toBe(1);
});
