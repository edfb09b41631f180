import { writeSync } from "node:fs";
import { rawTerminal } from "../base/raw-terminal.ts";

export interface TakeOptions {
  /** Hears each byte that is typed. */
  onKeys(bytes: Uint8Array): void;
  /** What takes back what was done to the screen; asked at the end. */
  undo(): string;
}

export interface TakenTerminal {
  /** Aborted when the terminal goes away, or the process is told to end by SIGHUP or SIGQUIT, or by the caller. */
  readonly left: AbortController;
  /** False where standard input is no terminal: nothing is heard. */
  readonly hears: boolean;
  /** Gives the terminal back as it was. */
  close(): void;
}

/**
 * Takes the process's terminal: its keys come byte for byte. It is given back by `close`, and by every end of the process
 * but SIGKILL, after which no process can do anything; SIGINT and SIGTERM are the command line's, and lead to its end.
 */
export async function takeTerminal(options: TakeOptions): Promise<TakenTerminal> {
  const { stdin, stdout, stderr } = process;
  const left = new AbortController();
  const restore = stdin.isTTY ? await rawTerminal(0) : undefined;
  const giveBack = (): void => {
    try {
      // At once: the process may be about to end.
      if (stdout.isTTY) writeSync(1, options.undo());
    } catch {
      // The terminal is gone.
    }
    restore?.();
  };
  const leave = (): void => left.abort();
  const signals = ["SIGHUP", "SIGQUIT"] as const;
  for (const name of signals) process.on(name, leave);
  process.on("exit", giveBack);
  // A terminal that is gone cannot be written to.
  for (const stream of [stdout, stderr]) stream.on("error", leave);
  const onKeys = (bytes: Uint8Array): void => options.onKeys(bytes);
  if (restore !== undefined) stdin.on("data", onKeys).on("end", leave).resume();
  return {
    left,
    hears: restore !== undefined,
    close() {
      giveBack();
      process.off("exit", giveBack);
      for (const name of signals) process.off(name, leave);
      stdin.off("data", onKeys).off("end", leave).pause();
    },
  };
}
