import { expect, test } from "bun:test";
import { linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diskAliases } from "./disk-aliases.ts";

test("two ways to one file have a key in common", async () => {
  const dir = mkdtempSync(join(tmpdir(), "haven-aliases-"));
  try {
    const [a, b, link, hard, none] = ["a", "b", "link", "hard", "none"].map((name) => join(dir, name)) as [
      string,
      string,
      string,
      string,
      string,
    ];
    writeFileSync(a, "");
    writeFileSync(b, "");
    symlinkSync(a, link);
    linkSync(a, hard);
    const found = await diskAliases({ isLive: true }, [a, b, link, hard, none, "rbd:pool/x"]);
    expect(found.get(link)).toEqual(found.get(a) ?? []);
    expect(found.get(hard)).toEqual(found.get(a) ?? []);
    expect(found.get(b)).not.toEqual(found.get(a) ?? []);
    expect([...found.keys()].sort()).toEqual([a, b, hard, link]);
    expect(await diskAliases({ isLive: false }, [a])).toEqual(new Map());
  } finally {
    rmSync(dir, { recursive: true });
  }
});
