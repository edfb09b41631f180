import { expect, test } from "bun:test";
import { isHavenError } from "../base/errors.ts";
import { checkIfMatch, tagOf } from "./if-match.ts";

function outcome(header: string | undefined, tag: string): string {
  try {
    checkIfMatch(header, tag, "web1");
    return "matches";
  } catch (error) {
    return isHavenError(error) ? `${error.http} ${error.message}` : String(error);
  }
}

test("only who has seen what is there, or says that it is all the same, may write over it", () => {
  const tag = tagOf({ memory: 512 });
  expect(tag).toMatch(/^"[0-9a-f]{32}"$/);
  expect(tagOf({ memory: 512 })).toBe(tag);
  expect(tagOf({ memory: 513 })).not.toBe(tag);
  expect(outcome(tag, tag)).toBe("matches");
  expect(outcome(`"other", ${tag}`, tag)).toBe("matches");
  expect(outcome("*", tag)).toBe("matches");
  // A weak tag does not say that it is the same to the letter.
  expect(outcome(`W/${tag}`, tag)).toStartWith("412 ");
  expect(outcome('"other"', tag)).toBe("412 web1 was changed meanwhile");
  expect(outcome(undefined, tag)).toBe(
    "428 The header If-Match is missing: it says which web1 is to be changed",
  );
});
