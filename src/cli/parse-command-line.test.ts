import { describe, expect, test } from "bun:test";
import { command } from "./command.ts";
import { parseCommandLine, usageLine } from "./parse-command-line.ts";

const move = command({
  path: ["vm", "move"],
  summary: "Move",
  args: [{ name: "NAME", help: "VM", many: true }],
  options: {
    to: { kind: "string", short: "t", value: "NODE", help: "target" },
    limit: { kind: "integer", help: "how many" },
    label: { kind: "list", help: "labels" },
    force: { kind: "flag", help: "force" },
  },
  role: "operator",
  run: async () => undefined,
});

describe("parseCommandLine", () => {
  test("options stand anywhere, in each of their forms", () => {
    const parsed = parseCommandLine(move, [
      "web",
      "--to",
      "node2",
      "--limit=3",
      "db",
      "--label",
      "a",
      "--label=b",
      "-y",
    ]);
    expect(parsed.args).toEqual(["web", "db"]);
    expect(parsed.options).toEqual({ to: "node2", limit: 3, label: ["a", "b"], force: false });
    expect(parsed.global.yes).toBe(true);
    expect(parseCommandLine(move, ["web", "-tnode3"]).options.to).toBe("node3");
    expect(parseCommandLine(move, ["web", "-t", "node3"]).options.to).toBe("node3");
  });

  test("flags stand together", () => {
    const { global } = parseCommandLine(move, ["web", "-yq"]);
    expect([global.yes, global.quiet]).toEqual([true, true]);
    expect(() => parseCommandLine(move, ["web", "-yt"])).toThrow("Option --yes takes no value");
  });

  test("nothing after -- is an option", () => {
    expect(parseCommandLine(move, ["web", "--", "--force"]).args).toEqual(["web", "--force"]);
  });

  test.each([
    [["web", "--too", "x"], "Unknown option --too", "Did you mean --to?"],
    [["web", "--limit", "many"], "expected a whole number, found 'many'", undefined],
    [["web", "--to"], "Option --to needs a value: --to NODE", undefined],
    [["web", "--force=yes"], "Option --force takes no value", undefined],
    [[], "haven vm move needs NAME", "Usage: haven vm move NAME…"],
  ] as const)("%p is refused", (words, message, hint) => {
    const attempt = (): unknown => parseCommandLine(move, words);
    expect(attempt).toThrow(message);
    if (hint !== undefined) {
      try {
        attempt();
      } catch (error) {
        expect((error as { hint: string }).hint).toContain(hint);
      }
    }
  });

  test("help needs no arguments", () => {
    expect(parseCommandLine(move, ["--help"]).global.help).toBe(true);
  });

  test("usage shows what is optional", () => {
    expect(usageLine(move)).toBe("haven vm move NAME… [--to NODE] [--limit VALUE] [--label VALUE] [--force]");
  });
});
