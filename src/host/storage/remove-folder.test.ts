import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeFolder } from "./remove-folder.ts";

test("a folder that a killed program still has a file in is removed when that has let go", async () => {
  const folder = mkdtempSync(join(tmpdir(), "haven-remove-"));
  writeFileSync(join(folder, "image"), "");
  let tries = 0;
  await removeFolder(folder, async (path) => {
    tries += 1;
    if (tries === 1) throw Object.assign(new Error("not empty"), { code: "ENOTEMPTY" });
    // As Bun's rm does it on storage in user space: no error, and the folder is still there.
    if (tries === 2) return;
    await rm(path, { recursive: true });
  });
  expect([tries, existsSync(folder)]).toEqual([3, false]);
  await removeFolder(folder);
});

test("one that stays is said", async () => {
  const folder = mkdtempSync(join(tmpdir(), "haven-remove-"));
  const refusal = Object.assign(new Error("busy"), { code: "EBUSY" });
  const stays = removeFolder(folder, () => Promise.reject(refusal));
  await expect(stays).rejects.toThrow("could not be removed: EBUSY");
  rmSync(folder, { recursive: true });
}, 20_000);
