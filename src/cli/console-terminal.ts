import { writeSync } from "node:fs";
import { HavenError } from "../base/errors.ts";
import { rawTerminal } from "../base/raw-terminal.ts";
import type { ConsoleEnd } from "../ops/vm-console.ts";
import { TerminalModes } from "./terminal-modes.ts";

export interface ConsoleTerminalOptions {
  /** The byte that leaves. */
  readonly leave: number;
  /** Nothing is handed on; Ctrl-C leaves too, and no terminal is needed. */
  readonly readOnly: boolean;
}

const ctrlC = 0x03;

/**
 * The process's terminal as a person's side of a console: raw, watched for the key that leaves. `close` gives it back
 * as it was, with what the guest did to it (colours, the other screen, a hidden cursor) undone; so does every end of
 * the process but SIGKILL, after which no process can do anything.
 *
 * @throws HavenError usage where there is no terminal to type on
 */
export async function openConsoleTerminal(
  options: ConsoleTerminalOptions,
): Promise<ConsoleEnd & { close(): void }> {
  const { stdin, stdout, stderr } = process;
  const left = new AbortController();
  const restore = stdin.isTTY ? await rawTerminal(0) : undefined;
  if (restore === undefined && !options.readOnly) {
    throw new HavenError("usage", {
      what: "A console needs a terminal to type on",
      hint: "Only to look: --read-only; what was printed so far: haven vm log",
    });
  }
  const modes = new TerminalModes();
  const shows = stdout.isTTY === true;
  const close = (): void => {
    try {
      // At once: the process may be about to end.
      if (shows) writeSync(1, modes.undo());
    } catch {
      // The terminal is gone.
    }
    restore?.();
  };
  // Those that nobody else listens for: the first of either ends the session in order.
  const leaveNow = (): void => left.abort();
  for (const name of ["SIGHUP", "SIGQUIT"] as const) process.on(name, leaveNow);
  process.on("exit", close);
  // A terminal that is gone cannot be written to.
  for (const stream of [stdout, stderr]) stream.on("error", leaveNow);
  let listener: (bytes: Uint8Array) => void = () => undefined;
  const onData = (chunk: Uint8Array): void => {
    const { before, leaves } = typed(chunk, options);
    if (before.length > 0 && !options.readOnly) listener(before);
    if (leaves) left.abort();
  };
  if (restore !== undefined) stdin.on("data", onData).on("end", leaveNow).resume();
  return {
    left: left.signal,
    onKeys(heard) {
      listener = heard;
    },
    async write(bytes) {
      modes.feed(bytes);
      await new Promise<void>((resolve) => stdout.write(bytes, () => resolve()));
    },
    say(line) {
      // Raw, a line feed alone would not go back to the start of the line.
      stderr.write(restore === undefined ? `${line}\n` : `\r\n${line}\r\n`);
    },
    close() {
      close();
      process.off("exit", close);
      for (const name of ["SIGHUP", "SIGQUIT"] as const) process.off(name, leaveNow);
      stdin.off("data", onData).off("end", leaveNow).pause();
    },
  };
}

/** What was typed before the key that leaves. */
function typed(
  chunk: Uint8Array,
  { leave, readOnly }: ConsoleTerminalOptions,
): { readonly before: Uint8Array; readonly leaves: boolean } {
  const at = chunk.findIndex((byte) => byte === leave || (readOnly && byte === ctrlC));
  return at === -1 ? { before: chunk, leaves: false } : { before: chunk.slice(0, at), leaves: true };
}
