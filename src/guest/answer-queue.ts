/** Where a channel's answers go: false when nothing more should be written until it is drained. */
export interface ChannelOutput {
  write(text: string): boolean;
}

/** How many bytes may wait for a guest that does not read. */
const maxQueued = 64 * 1024;

/**
 * Answers that wait for their guest to read. A guest that never reads loses the oldest ones, so that memory does not
 * grow; it gets them again when it repeats its requests.
 */
export class AnswerQueue {
  /** How many answers were dropped. */
  dropped = 0;
  #output: ChannelOutput | undefined;
  #isFull = false;
  #waiting: string[] = [];
  #bytes = 0;

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** An answer, whole: printable ASCII, one line or more. Without a connection nobody waits for it. */
  add(text: string): void {
    if (this.#output === undefined) return;
    this.#waiting.push(text);
    this.#bytes += text.length;
    this.#flush();
    while (this.#bytes > maxQueued && this.#waiting.length > 0) {
      this.#bytes -= this.#waiting.shift()?.length ?? 0;
      this.dropped += 1;
    }
  }

  /** Another connection, or none: what waited for the one before is gone with it. */
  attach(output: ChannelOutput | undefined): void {
    this.#output = output;
    this.#isFull = false;
    this.#waiting = [];
    this.#bytes = 0;
  }

  /** The output takes more. */
  drained(): void {
    this.#isFull = false;
    this.#flush();
  }

  #flush(): void {
    while (this.#output !== undefined && !this.#isFull) {
      const text = this.#waiting.shift();
      if (text === undefined) return;
      this.#bytes -= text.length;
      this.#isFull = !this.#output.write(text);
    }
  }
}
