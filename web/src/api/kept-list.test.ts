import { expect, test } from "bun:test";
import { z } from "zod";
import { keptList } from "./kept-list.ts";

test("what is sent as before is the same object, and is not looked at again", () => {
  let looks = 0;
  const item = z.object({ name: z.string() }).transform((one) => {
    looks += 1;
    return one;
  });
  const schema = keptList(item);
  const [one, two] = schema.parse([{ name: "one" }, { name: "two" }]);
  const again = schema.parse([{ name: "two" }, { name: "three" }, { name: "one" }]);
  expect([again[0] === two, again[2] === one, looks]).toEqual([true, true, 3]);
  // What was gone is looked at anew.
  schema.parse([]);
  expect(schema.parse([{ name: "one" }])[0]).not.toBe(one as never);
});

test("an item of another shape is refused, with its place", () => {
  const found = keptList(z.object({ name: z.string() })).safeParse([{ name: "one" }, { name: 2 }]);
  expect(found.error?.issues.map(({ path }) => path)).toEqual([[1, "name"]]);
  expect(keptList(z.string()).safeParse("no list").success).toBe(false);
});
