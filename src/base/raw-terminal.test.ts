import { dlopen, FFIType } from "bun:ffi";
import { afterEach, expect, test } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { rawTerminal } from "./raw-terminal.ts";

const { symbols } = dlopen("libc.so.6", {
  tcgetattr: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
});

const opened: number[] = [];
afterEach(() => {
  for (const fd of opened.splice(0)) closeSync(fd);
});

/** The first four words of struct termios (termios(3)): input, output, control, local. */
function settingsOf(fd: number): readonly number[] {
  const termios = new Uint8Array(256);
  expect(symbols.tcgetattr(fd, termios)).toBe(0);
  return [...new Uint32Array(termios.buffer, 0, 4)];
}

test("a terminal is raw, and given back as it was", async () => {
  // The master of a new pair: its settings are those of the pair.
  const fd = openSync("/dev/ptmx", "r+");
  opened.push(fd);
  const before = settingsOf(fd);
  const restore = await rawTerminal(fd);
  const [input = -1, output = -1, , local = -1] = settingsOf(fd);
  // ICRNL, IXON; OPOST; ISIG, ICANON, ECHO.
  expect([input & 0o2400, output & 1, local & 0o13]).toEqual([0, 0, 0]);
  restore?.();
  expect(settingsOf(fd)).toEqual(before);
  restore?.();
  expect(settingsOf(fd)).toEqual(before);
});

test("what is no terminal is left alone", async () => {
  const fd = openSync("/dev/null", "r");
  opened.push(fd);
  expect(await rawTerminal(fd)).toBeUndefined();
});
