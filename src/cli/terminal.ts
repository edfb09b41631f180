import { createInterface } from "node:readline/promises";
import type { Terminal } from "./command.ts";

/** The process's own terminal. Colour obeys NO_COLOR and TERM=dumb, and is for terminals only. */
export function processTerminal(options: { readonly json: boolean; readonly quiet: boolean }): Terminal {
  const isTty = process.stdout.isTTY === true;
  const noColor = (process.env.NO_COLOR ?? "") !== "" || process.env.TERM === "dumb";
  const progressTty = process.stderr.isTTY === true;
  let shown = "";
  const clear = (): void => {
    if (progressTty && shown !== "") process.stderr.write("\r\x1b[K");
    shown = "";
  };
  const askLine = async (prompt: string): Promise<string | undefined> => {
    clear();
    if (process.stdin.isTTY !== true) return undefined;
    const reader = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await reader.question(prompt);
    } finally {
      reader.close();
    }
  };
  return {
    isTty,
    color: isTty && !noColor,
    width: process.stdout.columns ?? 110,
    out(line) {
      clear();
      process.stdout.write(`${line}\n`);
    },
    err(line) {
      clear();
      process.stderr.write(`${line}\n`);
    },
    progress(line) {
      if (options.quiet || line === shown) return;
      if (progressTty) process.stderr.write(`\r\x1b[K${line.slice(0, (process.stderr.columns ?? 110) - 1)}`);
      else if (!options.json) process.stderr.write(`${line}\n`);
      shown = line;
    },
    async confirm(question) {
      return /^y(es)?$/i.test((await askLine(`${question} [y/N] `))?.trim() ?? "");
    },
    ask: (question) => askLine(`${question}: `),
  };
}
