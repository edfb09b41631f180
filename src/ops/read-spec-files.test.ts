import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSpecFiles } from "./read-spec-files.ts";

test("files, and folders of them", async () => {
  const dir = mkdtempSync(join(tmpdir(), "haven-files-"));
  try {
    for (const name of ["b.yaml", "a.yml", "notes.txt", ".hidden.yaml"]) writeFileSync(join(dir, name), name);
    mkdirSync(join(dir, "empty"));
    mkdirSync(join(dir, "folder.yaml"));
    expect(readSpecFiles([dir])).rejects.toThrow("folder.yaml: expected a file, but it is a directory");
    rmSync(join(dir, "folder.yaml"), { recursive: true });
    expect(await readSpecFiles([dir, join(dir, "notes.txt")])).toEqual([
      { file: join(dir, "a.yml"), text: "a.yml" },
      { file: join(dir, "b.yaml"), text: "b.yaml" },
      { file: join(dir, "notes.txt"), text: "notes.txt" },
    ]);
    expect(readSpecFiles([join(dir, "empty"), join(dir, "no")])).rejects.toThrow(
      /2 problems[\s\S]*expected files that end with .yaml in it, found none[\s\S]*does not exist/,
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
});
