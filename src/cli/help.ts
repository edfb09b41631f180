import type { Command, OptionSpecs } from "./command.ts";
import { globalOptions, usageLine } from "./parse-command-line.ts";

/** Help for a group of commands, or for all. */
export function groupHelp(commands: readonly Command[], group: readonly string[]): string {
  const width = Math.max(...commands.map((c) => c.path.join(" ").length));
  const name = group.join(" ");
  const lines = [
    `Usage: haven ${name === "" ? "" : `${name} `}COMMAND [ARGUMENTS] [OPTIONS]`,
    "",
    ...commands.map((c) => `  ${c.path.join(" ").padEnd(width)}  ${c.summary}`),
    "",
    "haven COMMAND --help says more about one command.",
  ];
  return lines.join("\n");
}

/** Help for one command. */
export function commandHelp(command: Command): string {
  const lines = [`Usage: ${usageLine(command)}`, "", command.summary];
  if (command.description !== undefined) lines.push("", command.description);
  if (command.args.length > 0) {
    lines.push("", "Arguments:", ...columns(command.args.map((arg) => [arg.name, arg.help])));
  }
  if (Object.keys(command.options).length > 0) lines.push("", "Options:", ...optionLines(command.options));
  lines.push("", "Options of every command:", ...optionLines(globalOptions));
  if (command.examples.length > 0) lines.push("", "Examples:", ...command.examples.map((e) => `  ${e}`));
  return lines.join("\n");
}

function optionLines(options: OptionSpecs): readonly string[] {
  return columns(
    Object.entries(options).map(([name, spec]) => {
      const short = spec.short === undefined ? "" : `-${spec.short}, `;
      const value = spec.kind === "flag" ? "" : ` ${spec.value ?? "VALUE"}`;
      return [`${short}--${name}${value}`, spec.help];
    }),
  );
}

function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
