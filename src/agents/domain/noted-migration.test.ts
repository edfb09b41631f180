import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { notedMigration } from "./noted-migration.ts";

test("libvirt's note tells which part of a migration a domain has", () => {
  const folder = mkdtempSync(join(tmpdir(), "haven-notes-"));
  const noted = (job: string): unknown => {
    writeFileSync(
      join(folder, "web.xml"),
      `<domstatus state='paused' reason='migration' pid='7'>\n  ${job}\n  <domain type='qemu'><name>web</name></domain>\n</domstatus>\n`,
    );
    return notedMigration("web", folder);
  };
  try {
    expect(notedMigration("web", folder)).toBeUndefined();
    expect(noted("<job type='none' async='migration in' phase='prepare' flags='0x29'/>")).toBe("in");
    expect(noted(`<job type="modify" async="migration out" phase="perform3">\n</job>`)).toBe("out");
    expect(noted("<job type='query' async='none'/>")).toBe("none");
    expect(noted("<job type='query' async='dump'/>")).toBeUndefined();
    expect(noted("")).toBeUndefined();
    expect(notedMigration("../web", folder)).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
