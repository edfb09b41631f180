import { describe, expect, test } from "bun:test";
import { guestDid, lastEnd } from "./last-end.ts";

const start = (time: string): string =>
  `2026-11-27 ${time}+0000: starting up libvirt version: 11.3.0, package: 3 (Debian), qemu version: 10.0.8, kernel: 6.1.0, hostname: node1
LC_ALL=C \\
/usr/bin/qemu-system-x86_64 \\
-name guest=web1,debug-threads=on \\
-msg timestamp=on
2026-11-27 ${time}+0000: Domain id=1 is tainted: high-privileges
char device redirected to /dev/pts/0 (label charserial0)
`;
const signal = (by: string): string =>
  `2026-11-27T15:27:43.098519Z qemu-system-x86_64: terminating on signal 15 from pid 399 ${by}\n`;
const end = (reason: string): string => `2026-11-27 15:27:43.312+0000: shutting down, reason=${reason}\n`;

// The lines are libvirt 11.3's and QEMU 10's; who is named in the brackets varies beyond what the lab has shown.
describe("how the last run ended, by the domain's log", () => {
  const run = start("15:25:35.709");
  const cases: readonly (readonly [name: string, log: string, guest: boolean | undefined])[] = [
    ["the guest powered off", run + signal("(libvirtd)") + end("shutdown"), true],
    ["the guest powered off, Debian 12", run + signal("(/usr/sbin/libvirtd)") + end("shutdown"), true],
    ["the guest powered off, split daemons", run + end("shutdown") + signal("(/usr/sbin/virtqemud)"), true],
    ["SIGTERM by hand", run + signal("()") + end("failed"), false],
    ["SIGTERM by hand, an older libvirt", run + signal("(bash)") + end("shutdown"), false],
    ["SIGTERM by a host that shuts down", run + signal("(/sbin/init)") + end("shutdown"), false],
    ["SIGKILL, by the kernel say", run + end("crashed"), false],
    ["destroyed", run + signal("(libvirtd)") + end("destroyed"), false],
    ["migrated", run + end("migrated") + signal("(libvirtd)"), false],
    ["it runs", run, undefined],
    ["it runs again", run + end("shutdown") + start("15:28:00.000"), undefined],
    [
      "it ended otherwise the last time",
      run + end("shutdown") + start("15:28:00.000") + end("crashed"),
      false,
    ],
    ["nothing is known", "", undefined],
    ["cut in the middle", run.slice(200) + end("shutdown"), true],
    ["no line of libvirt's", `${run}web: shutting down, reason=shutdown\n`, undefined],
  ];
  test.each(cases)("%s", (_, log, guest) => {
    const found = lastEnd(log);
    expect(found === undefined ? undefined : guestDid(found)).toBe(guest);
  });

  test("whether it has stayed here all the time", () => {
    const leaves = "2026-11-27 15:26:00.100+0000: initiating migration\n";
    const stayed = (log: string) => lastEnd(log)?.stayed;
    expect(stayed(run + end("destroyed"))).toBe(true);
    expect(stayed(run + leaves + end("destroyed"))).toBe(false);
    expect(stayed(run + leaves + end("migrated") + run + end("destroyed"))).toBe(true);
    // What stands before is not known.
    expect(stayed(run.slice(200) + end("destroyed"))).toBe(false);
  });

  test("when it was", () => {
    expect(lastEnd(run + end("shutdown"))?.at).toBe(Date.UTC(2026, 10, 27, 15, 27, 43, 312));
  });
});
