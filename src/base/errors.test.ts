import { describe, expect, test } from "bun:test";
import { errorCodes, HavenError, isHavenError, printError } from "./errors.ts";

describe("the catalogue", () => {
  test("every code makes a message that starts with a capital and has no full stop", () => {
    for (const code of errorCodes) {
      const error = new HavenError(code, { what: "Thing", where: "File", program: "Prog", command: "Cmd" });
      expect(error.message.endsWith(".")).toBe(false);
      expect(error.message.length).toBeGreaterThan(3);
      expect([1, 2, 3, 4, 5, 6, 130]).toContain(error.exit);
      expect(error.http).toBeGreaterThanOrEqual(400);
    }
  });

  test("an error prints its chain and what to do next", () => {
    const cause = new HavenError("exec.missing", { program: "virsh", package: "libvirt-clients" });
    const error = new HavenError("internal", { what: "no list of domains" }, { cause });
    expect(printError(error)).toBe(
      [
        "Internal error: no list of domains",
        "  because: The program virsh is not installed or not in PATH",
        "  next: Install it: apt-get install libvirt-clients",
      ].join("\n"),
    );
  });

  test("isHavenError tells codes apart", () => {
    expect(isHavenError(new HavenError("interrupted"), "interrupted")).toBe(true);
    expect(isHavenError(new HavenError("interrupted"), "internal")).toBe(false);
    expect(isHavenError(new Error("x"))).toBe(false);
  });
});
