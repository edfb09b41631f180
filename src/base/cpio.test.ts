import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec } from "../base/exec.ts";
import { cpioArchive, cpioMode } from "./cpio.ts";

const archive = cpioArchive([
  { path: "dir", mode: cpioMode.directory },
  { path: "dir/file", mode: cpioMode.file, content: "12345" },
  { path: "dir/program", mode: cpioMode.program, content: new Uint8Array([0, 1, 2, 255]) },
  { path: "link", mode: cpioMode.link, content: "dir/file" },
]);

test("every header and every content begins on a multiple of four", () => {
  expect(archive.length % 4).toBe(0);
  for (let at = archive.indexOf("070701"); at >= 0; at = archive.indexOf("070701", at + 6)) {
    expect(at % 4).toBe(0);
  }
  expect(archive.includes("TRAILER!!!\0")).toBe(true);
});

test.skipIf(Bun.which("cpio") === null)(
  "cpio unpacks what went in (skipped where there is no cpio)",
  async () => {
    const dir = mkdtempSync(join(tmpdir(), "haven-cpio-"));
    try {
      const result = await exec(["cpio", "-idm"], { input: new Uint8Array(archive), cwd: dir });
      expect(result.code).toBe(0);
      expect(readFileSync(`${dir}/dir/file`, "utf8")).toBe("12345");
      expect([...readFileSync(`${dir}/dir/program`)]).toEqual([0, 1, 2, 255]);
      expect(statSync(`${dir}/dir/program`).mode & 0o777).toBe(0o755);
      expect(readlinkSync(`${dir}/link`)).toBe("dir/file");
    } finally {
      rmSync(dir, { recursive: true });
    }
  },
);
