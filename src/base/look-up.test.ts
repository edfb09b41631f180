import { expect, test } from "bun:test";
import { lookUp } from "./look-up.ts";

const never = new AbortController().signal;

test("a name is looked up by this node's resolver, its files among it", async () => {
  expect(await lookUp("localhost", never)).toContain("127.0.0.1");
});

test("a name that nobody knows is an error, read after the name", async () => {
  // RFC 6761: never there.
  const error = await lookUp("web1.invalid", never).catch((cause: unknown) => cause);
  expect(String(error)).toMatch(/^Error: (is not known to|could not be looked up by) this node's resolver/);
});

test("nobody who has gone is kept waiting", async () => {
  const gone = lookUp("web1.invalid", AbortSignal.abort());
  expect(String(await gone.catch((cause: unknown) => cause))).toContain("Error: ");
});
