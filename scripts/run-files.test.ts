import { expect, test } from "bun:test";
import { countTests, filesThatFailed, namesOfFailures } from "./run-files.ts";

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

test("each failure by its name, or its file where no test failed", () => {
  const counts = { passed: 1, failed: 2, skipped: 0 };
  const tests = ["pass a", "fail b > c [1.00ms]", "fail d [2.00ms]"];
  expect(namesOfFailures("x.test.ts", { ...counts, tests })).toEqual([
    "x.test.ts: b > c [1.00ms]",
    "x.test.ts: d [2.00ms]",
  ]);
  expect(namesOfFailures("x.test.ts", counts)).toEqual(["x.test.ts: outside its tests"]);
});

test("the files that failed are those above whose failures their names stand", () => {
  const text = [
    ...["src/a.test.ts:", "(pass) one", "", "src/b.test.ts:", "error: no", "(fail) two [1.00ms]", ""],
    ...["src/c.test.ts:", "", "2 tests failed:", "(fail) two [1.00ms]", "(fail) three", " 1 pass"],
  ].join("\n");
  expect(filesThatFailed(text)).toEqual(["src/b.test.ts"]);
  expect(filesThatFailed("Ran 0 tests")).toEqual([]);
});
