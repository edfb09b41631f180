import { HavenError } from "../base/errors.ts";
import type { ConsoleEnd } from "../ops/vm-console.ts";
import { takeTerminal } from "./take-terminal.ts";
import { TerminalModes } from "./terminal-modes.ts";

export interface ConsoleTerminalOptions {
  /** The byte that leaves. */
  readonly leave: number;
  /** Nothing is handed on; Ctrl-C leaves too, and no terminal is needed. */
  readonly readOnly: boolean;
}

const ctrlC = 0x03;

/**
 * The process's terminal as a person's side of a console, watched for the key that leaves. It is given back as it was,
 * with what the guest did to it (colours, the other screen, a hidden cursor) undone.
 *
 * @throws HavenError usage where there is no terminal to type on
 */
export async function openConsoleTerminal(
  options: ConsoleTerminalOptions,
): Promise<ConsoleEnd & { close(): void }> {
  const { stdout, stderr } = process;
  const modes = new TerminalModes();
  let listener: Parameters<ConsoleEnd["onKeys"]>[0] = () => Promise.resolve();
  const terminal = await takeTerminal({
    onKeys(bytes) {
      const { before, leaves } = typed(bytes, options);
      if (before.length > 0 && !options.readOnly) void listener(before);
      if (leaves) terminal.left.abort();
    },
    undo: () => modes.undo(),
  });
  if (!terminal.hears && !options.readOnly) {
    terminal.close();
    throw new HavenError("usage", {
      what: "A console needs a terminal to type on",
      hint: "Only to look: --read-only; what was printed so far: haven vm log",
    });
  }
  return {
    left: terminal.left.signal,
    onKeys(heard) {
      listener = heard;
    },
    async write(bytes) {
      modes.feed(bytes);
      await new Promise<void>((resolve) => stdout.write(bytes, () => resolve()));
    },
    say(line) {
      // Raw, a line feed alone would not go back to the start of the line.
      stderr.write(terminal.hears ? `\r\n${line}\r\n` : `${line}\n`);
    },
    close: () => terminal.close(),
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
