import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../base/exec.ts";
import { poll } from "../../base/poll.ts";

test("the caller's death is seen", async () => {
  const folder = mkdtempSync(join(tmpdir(), "haven-caller-"));
  const said = join(folder, "said");
  const module = new URL("caller.ts", import.meta.url).pathname;
  const script = `const { callerIsGone } = await import(${JSON.stringify(module)});
const first = callerIsGone();
require("node:fs").writeFileSync(${JSON.stringify(join(folder, "ready"))}, "");
while (!callerIsGone()) await Bun.sleep(10);
require("node:fs").writeFileSync(${JSON.stringify(said)}, String(first));`;
  // The shell lives until the child has looked once.
  const shell = '"$1" -e "$2" >/dev/null 2>&1 & until [ -e "$3/ready" ]; do sleep 0.05; done';
  await run(["sh", "-c", shell, "sh", process.execPath, script, folder], { timeoutMs: 20_000 });
  const seen = await poll(
    () => {
      try {
        return readFileSync(said, "utf8") || undefined;
      } catch {
        return undefined;
      }
    },
    { timeoutMs: 10_000, intervalMs: 20 },
  );
  expect(seen).toBe("false");
  rmSync(folder, { recursive: true });
});
