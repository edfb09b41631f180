import { expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { leaveFenceWords } from "./fence-words.ts";

test("words go into a node attribute when Pacemaker's fencer is the caller, and nowhere else", async () => {
  const scratch = mkdtempSync(join(tmpdir(), "haven-words-"));
  const said = join(scratch, "said");
  const tool = join(scratch, "attrd_updater");
  writeFileSync(tool, `#!/bin/sh\nfor word; do printf '%s\\n' "$word"; done > ${said}\n`);
  chmodSync(tool, 0o755);
  const path = process.env.PATH;
  process.env.PATH = `${scratch}:${path}`;
  try {
    await leaveFenceWords("node2", "did not\nswitch", {});
    expect(existsSync(said)).toBe(false);
    await leaveFenceWords("node 2;x", `did not\nswitch ${"x".repeat(400)}`, {
      PCMK_service: "pacemaker-fenced",
    });
    const words = readFileSync(said, "utf8").trim().split("\n");
    expect(words.slice(0, 3)).toEqual(["--name", "haven-fence-node_2_x", "--update"]);
    expect(words[3]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z did not switch x{285}$/);
  } finally {
    process.env.PATH = path;
    rmSync(scratch, { recursive: true, force: true });
  }
});
