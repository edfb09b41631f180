import type { CommandCall } from "./command.ts";

export type ShowCall = Pick<CommandCall, "global" | "terminal">;

/** Prints a value: as JSON with --json, else in lines for a person. */
export function show<T>(
  { global, terminal }: ShowCall,
  value: T,
  lines: (value: T, color: boolean) => readonly string[],
): void {
  if (global.json) terminal.out(JSON.stringify(value, undefined, 2));
  else for (const line of lines(value, terminal.color)) terminal.out(line);
}
