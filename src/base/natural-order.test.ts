import { expect, test } from "bun:test";
import { naturalOrder } from "./natural-order.ts";

test("numbers in names count as numbers", () => {
  expect(["web10", "db", "web2", "Web1"].toSorted(naturalOrder)).toEqual(["db", "Web1", "web2", "web10"]);
});
