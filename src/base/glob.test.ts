import { expect, test } from "bun:test";
import { globPattern } from "./glob.ts";

test("patterns are for whole names, and everything but * and ? is what it is", () => {
  const names = ["web1", "web10", "web.1", "my-web1"];
  const matching = (word: string): readonly string[] => names.filter((name) => globPattern(word).test(name));
  expect(matching("web*")).toEqual(["web1", "web10", "web.1"]);
  expect(matching("web?")).toEqual(["web1"]);
  expect(matching("web.1")).toEqual(["web.1"]);
  expect(matching("*(")).toEqual([]);
});
