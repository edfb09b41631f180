import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { markChanged, sinceChanged } from "./changed-mark.ts";

test("a mark tells how long ago it was, to the millisecond, and nothing where there is none", () => {
  const folder = mkdtempSync(join(tmpdir(), "haven-mark-"));
  try {
    const path = join(folder, "changed");
    expect(sinceChanged(1_700_000_000_000, path)).toBeUndefined();
    markChanged(1_700_000_000_123, path);
    expect(sinceChanged(1_700_000_000_623, path)).toBeCloseTo(500, 0);
    markChanged(1_700_000_001_000, path);
    expect(sinceChanged(1_700_000_001_000, path)).toBeCloseTo(0, 0);
    // The clock was put back since: nobody knows when it was.
    expect(sinceChanged(1_600_000_000_000, path)).toBeUndefined();
    expect(() => markChanged(0, join(folder, "no", "folder"))).not.toThrow();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
