import { expect, test } from "bun:test";
import { eventFilterOf } from "./event-filter.ts";

test("a request's parameters are a filter", () => {
  const query = new URLSearchParams("vm=web&kind=fence.&since=1700000000000&limit=5");
  expect(eventFilterOf(query)).toEqual({ vm: "web", kind: "fence.", since: 1_700_000_000_000, limit: 5 });
  expect(eventFilterOf(new URLSearchParams())).toEqual({ limit: 1000 });
  expect(eventFilterOf(new URLSearchParams("limit=99999999"))).toEqual({ limit: 10_000 });
});

test.each(["sinse=1", "since=yesterday", "limit=-1", "after=1e3", "since="])("%s is refused", (text) => {
  expect(() => eventFilterOf(new URLSearchParams(text))).toThrow(/Unknown parameter|expected a whole number/);
});
