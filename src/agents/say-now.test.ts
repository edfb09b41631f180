import { expect, test } from "bun:test";
import { join } from "node:path";

const script = `const { sayNow } = await import(${JSON.stringify(join(import.meta.dir, "say-now.ts"))});
sayNow(2, "begun\\n"); sayNow(1, "x".repeat(300_000)); sayNow(1, "end\\n"); process.exit(7);`;

test("all of it leaves before the process ends, also where the pipe is smaller, and in order", async () => {
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  expect([out.length, out.endsWith("xend\n"), err, child.exitCode]).toEqual([300_004, true, "begun\n", 7]);
});

test("whoever does not listen any more still gets the exit code", async () => {
  const argv = ["sh", "-c", '{ "$0" -e "$1"; echo "code $?" >&2; } | true', process.execPath, script];
  const child = Bun.spawn(argv, { stdout: "ignore", stderr: "pipe" });
  const [err] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  expect(err).toContain("code 7");
});
