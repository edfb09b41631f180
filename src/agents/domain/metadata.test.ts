import { expect, test } from "bun:test";
import { exec } from "../../base/exec.ts";
import { domainMain } from "./main.ts";
import { metadata } from "./metadata.ts";

test("xml and spec are reloadable, actions and their timeouts are there", () => {
  const text = metadata();
  for (const name of ["xml", "spec"])
    expect(text).toContain(`name="${name}" unique="0" required="0" reloadable="1"`);
  for (const name of ["uri", "restart"])
    expect(text).not.toMatch(new RegExp(`name="${name}"[^>]*reloadable`));
  for (const action of [
    "start",
    "stop",
    "monitor",
    "migrate_to",
    "migrate_from",
    "reload-agent",
    "validate-all",
  ]) {
    expect(text).toContain(`<action name="${action}"`);
  }
});

test("is well formed", async () => {
  const which = await exec(["sh", "-c", "command -v xmllint"]);
  if (which.code !== 0) return;
  const result = await exec(["xmllint", "--noout", "--nonet", "-"], { input: metadata() });
  expect(result).toMatchObject({ code: 0, stderr: "" });
});

test("an action that is none is not implemented", async () => {
  expect(await domainMain(["promote"])).toBe(3);
  expect(await domainMain(["toString"])).toBe(3);
  expect(await domainMain([])).toBe(2);
});
