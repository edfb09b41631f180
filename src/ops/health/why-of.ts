import { printError } from "../../base/errors.ts";

/** Why something failed, in one line: what each layer says, without what it would do next. */
export function whyOf(error: unknown): string {
  const lines = printError(error).split("\n");
  return lines.flatMap((line) => (/^\s*next: /.test(line) ? [] : [line.trim()])).join("; ");
}
