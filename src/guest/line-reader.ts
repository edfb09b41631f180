/** The longest line a guest may send, in bytes without its end. */
export const maxLineBytes = 256;

/** How many lines were dropped, and why. */
export interface DroppedLines {
  tooLong: number;
  /** They had something else in them than printable ASCII. */
  notText: number;
}

const newline = 0x0a;
const carriageReturn = 0x0d;

/**
 * Parts a stream of bytes into lines. The guest is not trusted: it may send anything, without an end. Memory is one
 * line's, whatever comes; nothing is thrown.
 */
export class LineReader {
  readonly dropped: DroppedLines = { tooLong: 0, notText: 0 };
  readonly #line = new Uint8Array(maxLineBytes);
  #length = 0;
  #isTooLong = false;

  /** Takes what has come, and hands on each whole line of printable ASCII that is not empty. */
  push(bytes: Uint8Array, onLine: (line: string) => void): void {
    for (let at = 0; at < bytes.length; ) {
      const end = bytes.indexOf(newline, at);
      this.#take(bytes, at, end === -1 ? bytes.length : end);
      if (end === -1) return;
      this.#finish(onLine);
      at = end + 1;
    }
  }

  /** Forgets the beginning of a line whose rest will not come. */
  reset(): void {
    this.#length = 0;
    this.#isTooLong = false;
  }

  #take(bytes: Uint8Array, from: number, to: number): void {
    if (this.#isTooLong) return;
    if (this.#length + to - from > maxLineBytes) {
      this.#isTooLong = true;
      return;
    }
    this.#line.set(bytes.subarray(from, to), this.#length);
    this.#length += to - from;
  }

  #finish(onLine: (line: string) => void): void {
    const isTooLong = this.#isTooLong;
    const length = this.#line[this.#length - 1] === carriageReturn ? this.#length - 1 : this.#length;
    this.reset();
    if (isTooLong) {
      this.dropped.tooLong += 1;
      return;
    }
    if (length === 0) return;
    let line = "";
    for (const byte of this.#line.subarray(0, length)) {
      if (byte < 0x20 || byte > 0x7e) {
        this.dropped.notText += 1;
        return;
      }
      line += String.fromCharCode(byte);
    }
    onLine(line);
  }
}
