import { expect, test } from "bun:test";
import { isRole, roleAllows, roles } from "./role.ts";

test("each role may do what those before it may, and nothing more", () => {
  const allowed = roles.map((has) => roles.filter((needs) => roleAllows(has, needs)));
  expect(allowed).toEqual([["viewer"], ["viewer", "operator"], ["viewer", "operator", "admin"]]);
});

test("only roles are roles", () => {
  for (const word of ["", "root", "Admin", "local", "toString", undefined, 1])
    expect(isRole(word)).toBe(false);
  expect(isRole("admin")).toBe(true);
});
