import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sendToSyslog } from "./syslog.ts";

const listener = `use Socket; socket(my $s, AF_UNIX, SOCK_DGRAM, 0); bind($s, sockaddr_un($ARGV[0])) or die;
  $| = 1; print "ready\\n"; recv($s, my $m, 9000, 0); print $m`;

test.skipIf(Bun.which("perl") === null)("a line comes as loggers expect it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "haven-syslog-"));
  const path = join(folder, "log");
  const child = Bun.spawn(["perl", "-e", listener, path], { stdout: "pipe" });
  let said = "";
  for await (const piece of child.stdout) {
    said += Buffer.from(piece).toString();
    if (said === "ready\n")
      expect(await sendToSyslog(`root: haven vm stop wéb${"!".repeat(2000)}`, path)).toBe(true);
  }
  expect(said).toMatch(
    /^ready\n<85>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d haven\[\d+\]: root: haven vm stop wéb!+$/,
  );
  expect(said.length).toBeLessThan(1100);
  // Nobody listens any more.
  expect(await sendToSyslog("x", path)).toBe(false);
  rmSync(folder, { recursive: true });
});

test("where nobody listens, or nobody could, it is said", async () => {
  expect(await sendToSyslog("x", "/nonexistent/log")).toBe(false);
  expect(await sendToSyslog("x", `/${"x".repeat(200)}`)).toBe(false);
});
