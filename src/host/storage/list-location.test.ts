import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listLocation } from "./list-location.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-list-location-"));
afterAll(() => rmSync(dir, { recursive: true }));

test("images are listed by their names, as deep as a folder for each VM; links and hidden names are not", async () => {
  const files = ["a10.qcow2", "a2.IMG", "iso/debian.iso", "vms/web1/disk.raw", "notes.txt", ".hidden.iso"];
  for (const file of [...files, "1/2/3/too-deep.iso", ".a.iso.haven-new/a.iso"]) {
    mkdirSync(join(dir, file, ".."), { recursive: true });
    writeFileSync(join(dir, file), "12345");
  }
  symlinkSync("/etc/passwd", join(dir, "link.iso"));
  const { files: found, free, isCut, why } = await listLocation(dir);
  expect(found.map(({ path, kind }) => [path.slice(dir.length + 1), kind])).toEqual([
    ["a2.IMG", "image"],
    ["a10.qcow2", "image"],
    ["iso/debian.iso", "iso"],
    ["notes.txt", "file"],
    ["vms/web1/disk.raw", "image"],
  ]);
  expect(found[0]).toMatchObject({ bytes: 5 });
  expect(free).toBeGreaterThan(0);
  expect([isCut, why]).toEqual([false, undefined]);
});

test("what cannot be looked through says why, and what is too much is cut", async () => {
  expect(await listLocation(join(dir, "gone"))).toMatchObject({ files: [], why: "it is not there" });
  expect(await listLocation(join(dir, "notes.txt"))).toMatchObject({ why: "it is no folder" });
  expect(await listLocation(dir, { mostFiles: 2 })).toMatchObject({ isCut: true });
  expect(await listLocation(dir, { signal: AbortSignal.abort() })).toMatchObject({ files: [] });
  // Of devices there is what the machine has, and never a file.
  const { files, why } = await listLocation("/dev");
  expect(why).toBeUndefined();
  expect(files.filter(({ kind }) => kind !== "block")).toEqual([]);
});
