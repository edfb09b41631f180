import { expect, test } from "bun:test";
import { queryCount } from "./query-count.ts";

const read = (query: string) => queryCount(new URLSearchParams(query), { lines: { usual: 10, most: 100 } });

test("a whole number within its bounds, or what is usual", () => {
  expect(read("")).toEqual({ lines: 10 });
  expect(read("lines=0")).toEqual({ lines: 0 });
  expect(read("lines=100")).toEqual({ lines: 100 });
});

test.each(["lines=101", "lines=-1", "lines=", "lines=1e2", "lines=0x1", "lines=1.5", "lines=99999999999"])(
  "%s is refused with what was expected",
  (query) => {
    expect(() => read(query)).toThrow("lines: expected a whole number up to 100, found");
  },
);

test("what is not known is refused", () => {
  expect(() => read("line=1")).toThrow("Unknown parameter line");
});
