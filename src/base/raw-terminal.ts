/** What tcsetattr(3) and tcflush(3) are told; the same on all of Linux's architectures but Alpha, MIPS and SPARC. */
const tcsaNow = 0;
const tcInputFlush = 0;

// struct termios is 60 bytes with glibc; what is kept is opaque.
const roomForTermios = 256;

interface C {
  tcgetattr(fd: number, termios: Uint8Array): number;
  tcsetattr(fd: number, when: number, termios: Uint8Array): number;
  cfmakeraw(termios: Uint8Array): void;
  tcflush(fd: number, queue: number): number;
}

/**
 * Makes a terminal hand on every byte as it is, in both directions: no echo, no Ctrl-C, no line by line, and no
 * change of what is printed (Node's raw mode would still turn each line feed into two characters, which ruins what
 * a full-screen program prints).
 *
 * @returns gives the terminal back as it was; at once, also in a handler of `exit`, and harmless when repeated.
 *   What was typed and not read yet is dropped. Undefined when the descriptor is no terminal.
 */
export async function rawTerminal(fd: number): Promise<(() => void) | undefined> {
  const { dlopen, FFIType } = await import("bun:ffi");
  const { symbols } = dlopen("libc.so.6", {
    tcgetattr: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
    tcsetattr: { args: [FFIType.i32, FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
    cfmakeraw: { args: [FFIType.ptr], returns: FFIType.void },
    tcflush: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  });
  const c = symbols as unknown as C;
  const before = new Uint8Array(roomForTermios);
  if (c.tcgetattr(fd, before) !== 0) return undefined;
  const raw = before.slice();
  c.cfmakeraw(raw);
  if (c.tcsetattr(fd, tcsaNow, raw) !== 0) return undefined;
  let isRaw = true;
  return () => {
    if (!isRaw) return;
    isRaw = false;
    c.tcflush(fd, tcInputFlush);
    c.tcsetattr(fd, tcsaNow, before);
  };
}
