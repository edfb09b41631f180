import { describe, expect, test } from "bun:test";
import { commandHelp } from "../help.ts";
import { commands } from "./table.ts";

describe("the command table", () => {
  test("no two commands have one path", () => {
    const paths = commands.map((command) => command.path.join(" "));
    expect(new Set(paths).size).toBe(paths.length);
  });

  test("every command explains itself, its arguments and options", () => {
    for (const command of commands) {
      expect(command.summary).not.toBe("");
      expect(command.summary.endsWith(".")).toBe(false);
      for (const part of [...command.args, ...Object.values(command.options)]) expect(part.help).not.toBe("");
      expect(commandHelp(command)).toContain(`Usage: haven ${command.path.join(" ")}`);
      for (const example of command.examples) expect(example).toContain(command.path.join(" "));
    }
  });

  test("only the last argument may be left out or be many", () => {
    for (const command of commands) {
      for (const arg of command.args.slice(0, -1))
        expect([arg.optional, arg.many]).toEqual([undefined, undefined]);
    }
  });

  test("no option hides one that every command has", () => {
    for (const command of commands) {
      for (const name of Object.keys(command.options))
        expect(["json", "yes", "quiet", "help"]).not.toContain(name);
    }
  });
});
