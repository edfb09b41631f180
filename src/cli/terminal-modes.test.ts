import { expect, test } from "bun:test";
import { TerminalModes } from "./terminal-modes.ts";

const esc = "\x1b";
const plain = `${esc}[0m`;

function undoOf(...chunks: readonly string[]): string {
  const modes = new TerminalModes();
  for (const chunk of chunks) modes.feed(Buffer.from(chunk, "latin1"));
  return modes.undo();
}

test.each([
  ["nothing", ["login: \r\n"], plain],
  [
    "a full-screen program that is left open",
    [`${esc}[?25l${esc}[?1049h`],
    `${esc}[?1049l${esc}[?25h${plain}`,
  ],
  ["one that has ended", [`${esc}[?1049h${esc}[?25l`, `${esc}[?25h${esc}[?1049l`], plain],
  ["several modes at once", [`${esc}[?1000;1006h`], `${esc}[?1000l${esc}[?1006l${plain}`],
  ["a sequence that is cut", [`${esc}`, "[?20", "04h"], `${esc}[?2004l${plain}`],
  ["no wrapping", [`${esc}[?7l`], `${esc}[?7h${plain}`],
  ["a scrolling part", [`${esc}[2;20r`], `${esc}7${esc}[r${esc}8${plain}`],
  ["a scrolling part that was taken back", [`${esc}[2;20r`, `${esc}[r`], plain],
  ["keypad, insertion, line drawing", [`${esc}=${esc}[4h${esc}(0`], `${esc}[4l${esc}>${esc}(B\x0f${plain}`],
  ["a reset", [`${esc}[?1049h${esc}=`, `${esc}c`], plain],
  ["a sequence without end", [`${esc}[${"1;".repeat(100)}`, "?25l"], plain],
  ["colours", [`${esc}[1;31mred`], plain],
] as const)("%s", (_what, chunks, undo) => {
  expect(undoOf(...chunks)).toBe(undo);
});
