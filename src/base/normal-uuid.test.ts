import { expect, test } from "bun:test";
import { normalUuid } from "./normal-uuid.ts";

const uuid = "7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f";

test("UUIDs are taken with and without dashes, in any case", () => {
  expect(normalUuid(` ${uuid.replaceAll("-", "").toUpperCase()} `)).toBe(uuid);
  expect(normalUuid(`${uuid}0`)).toBeUndefined();
  expect(normalUuid("")).toBeUndefined();
});
